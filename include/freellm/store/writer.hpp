#pragma once
// Writer: the one thread with a writable connection. Everything that changes the database goes
// through it.
//
// Thread-safe. log(), journal() and note() are for the hot path: a short lock, no allocation of
// their own, no system call unless the thread sleeps; rows are written in batches and the oldest
// are dropped (and counted) when the disk cannot follow. change() is for the admin side: never
// dropped, durable when it reports success.

#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>

#include "freellm/base/result.hpp"
#include "freellm/store/records.hpp"
#include "freellm/store/sqlite.hpp"

namespace freellm::store {

struct WriterOptions {
  std::chrono::milliseconds max_delay{100};    ///< from the first row of a batch to its transaction
  std::size_t batch_rows = 4096;               ///< a batch this large is written at once
  std::chrono::milliseconds max_stall{1'000};  ///< of one batch, before flush(done) waits no more
  std::size_t max_queued_rows = 65'536;
  std::size_t max_queued_bytes = 32U << 20;  ///< of explain records; beyond it they are left out
};

struct WriterStats {
  std::uint64_t written_rows = 0;
  std::uint64_t dropped_rows = 0;  ///< queue full
  std::uint64_t failed_rows = 0;   ///< lost because their transaction failed
  std::uint64_t dropped_explains = 0;
  std::uint64_t batches = 0;
  std::uint64_t wakeups = 0;
  std::size_t queued_rows = 0;
  bool is_stalled = false;  ///< at one batch for longer than max_stall
};

class Writer {
 public:
  /// Takes a connection opened by open_store(). Starts the thread.
  explicit Writer(Db db, WriterOptions options = {});
  /// Writes out what is queued, then stops.
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  void log(RequestRecord record);
  void journal(const QuotaBooking& booking);
  void note(RoutingNote note);

  /// Runs `work` in one transaction on the writer's thread: commits when it succeeds, rolls back
  /// when it fails. `done` is called there too, after the change has reached the disk for good
  /// (fsync), with the outcome; it must not block. Rows queued before are written first. Neither
  /// may call this Writer and wait.
  void change(std::function<Status(Db&)> work, std::function<void(Status)> done);
  /// Likewise, for callers that can wait (never an I/O thread). T must be default-constructible.
  template <class T>
  [[nodiscard]] std::future<Result<T>> change(std::function<Result<T>(Db&)> work);

  /// Returns when everything queued so far is in the database (not necessarily through an fsync:
  /// it survives the process, not the machine).
  [[nodiscard]] Status flush();
  /// Likewise, for at most `patience`: then an error (kind storage, code "busy"), and what was
  /// queued may or may not get there.
  [[nodiscard]] Status flush_within(std::chrono::milliseconds patience);
  /// Likewise without waiting, for rows alone: `done` (not empty) is called on the writer's thread,
  /// before the changes that wait, and must not block. Many of them at the same time share one
  /// transaction. Fails at once, on the caller's thread, when the disk does not keep up.
  void flush(std::function<void(Status)> done);
  [[nodiscard]] WriterStats stats() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

template <class T>
std::future<Result<T>> Writer::change(std::function<Result<T>(Db&)> work) {
  struct Outcome {
    std::promise<Result<T>> promise;
    Result<T> value = Error{.kind = ErrorKind::storage, .message = "not run"};
  };
  auto outcome = std::make_shared<Outcome>();
  auto future = outcome->promise.get_future();
  change(
      [outcome, work = std::move(work)](Db& db) -> Status {
        outcome->value = work(db);
        if (!outcome->value) return outcome->value.error();
        return {};
      },
      [outcome](Status status) {
        if (!status) outcome->value = status.error();
        outcome->promise.set_value(std::move(outcome->value));
      });
  return future;
}

}  // namespace freellm::store
