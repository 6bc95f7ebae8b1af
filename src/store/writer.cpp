#include "freellm/store/writer.hpp"

#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <vector>

#include "bounded_rows.hpp"
#include "freellm/base/log.hpp"
#include "freellm/store/usage_log.hpp"
#include "thread.hpp"

namespace freellm::store {
namespace {

/// Rows of one transaction at most, so that an admin change never waits behind a whole full queue.
constexpr std::size_t kMaxTransactionRows = 4096;
/// Requests that wait for their booking at the same time; beyond it they are told at once.
constexpr std::size_t kMaxFlushes = 4096;

struct Change {
  std::function<Status(Db&)> work;  ///< empty: only flushes
  std::function<void(Status)> done;
};

struct Batch {
  std::vector<RequestRecord> records;
  std::vector<QuotaBooking> bookings;
  std::vector<RoutingNote> notes;
  std::vector<std::function<void(Status)>> flushes;
  std::vector<Change> changes;
};

template <class T>
std::span<const T> slice(const std::vector<T>& rows, std::size_t from) {
  if (from >= rows.size()) return {};
  return std::span{rows}.subspan(from, std::min(kMaxTransactionRows, rows.size() - from));
}

Status guarded(const std::function<Status(Db&)>& work, Db& db) {
  try {
    return work(db);
  } catch (const std::exception& error) {
    return Error{.kind = ErrorKind::internal,
                 .message = std::string{"a database change failed: "} + error.what()};
  }
}

}  // namespace

class Writer::Impl {
 public:
  Impl(Db db, WriterOptions options)
      : options_(options),
        records_(options.max_queued_rows),
        bookings_(options.max_queued_rows),
        notes_(options.max_queued_rows),
        db_(std::move(db)),
        thread_("store-writer", [this] { run(); }) {}

  ~Impl() {
    {
      const std::lock_guard lock{mutex_};
      is_stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }

  void log(RequestRecord record) {
    const std::size_t bytes = record.explain_json.size();
    enqueue([&] {
      if (explain_bytes_ + bytes > options_.max_queued_bytes) {
        record.explain_json = {};
        ++stats_.dropped_explains;
      } else {
        explain_bytes_ += bytes;
      }
      stats_.dropped_rows += records_.push(std::move(record));
    });
  }

  void journal(const QuotaBooking& booking) {
    enqueue([&] { stats_.dropped_rows += bookings_.push(booking); });
  }

  void note(RoutingNote note) {
    enqueue([&] { stats_.dropped_rows += notes_.push(std::move(note)); });
  }

  void change(Change change) {
    {
      const std::lock_guard lock{mutex_};
      changes_.push_back(std::move(change));
      is_awake_ = true;
    }
    wake_.notify_one();
  }

  void flush(std::function<void(Status)> done) {
    {
      const std::lock_guard lock{mutex_};
      if (!is_stalled() && flushes_.size() < kMaxFlushes) {
        flushes_.push_back(std::exchange(done, nullptr));
        is_awake_ = true;
      }
    }
    if (!done) return wake_.notify_one();
    done(Error{.kind = ErrorKind::storage, .message = "the disk does not keep up"});
  }

  [[nodiscard]] WriterStats stats() const {
    const std::lock_guard lock{mutex_};
    WriterStats stats = stats_;
    stats.queued_rows = queued();
    stats.is_stalled = is_stalled();
    return stats;
  }

  [[nodiscard]] Status last_batch() const {
    const std::lock_guard lock{mutex_};
    return last_batch_;
  }

 private:
  /// A system call only when the thread sleeps without a deadline or the batch has just become
  /// full.
  template <class Push>
  void enqueue(Push push) {
    bool must_wake = false;
    {
      const std::lock_guard lock{mutex_};
      push();
      must_wake = !is_awake_ || queued() == options_.batch_rows;
      is_awake_ = true;
    }
    if (must_wake) wake_.notify_one();
  }

  [[nodiscard]] std::size_t queued() const {
    return records_.size() + bookings_.size() + notes_.size();
  }
  /// The thread has been at one batch for so long that whoever waits for the next had better not.
  [[nodiscard]] bool is_stalled() const {
    return busy_since_ && std::chrono::steady_clock::now() - *busy_since_ >= options_.max_stall;
  }
  [[nodiscard]] bool is_urgent() const {
    return is_stopping_ || !changes_.empty() || !flushes_.empty() ||
           queued() >= options_.batch_rows;
  }

  /// Sleeps until there is something to do; an idle writer has no timer. False: stopping and all is
  /// written.
  bool wait_for_batch(Batch& batch) {
    std::unique_lock lock{mutex_};
    is_awake_ = false;
    busy_since_.reset();
    wake_.wait(lock, [&] { return queued() > 0 || is_urgent(); });
    is_awake_ = true;
    ++stats_.wakeups;
    const auto deadline = std::chrono::steady_clock::now() + options_.max_delay;
    wake_.wait_until(lock, deadline, [&] { return is_urgent(); });
    records_.take(batch.records);
    bookings_.take(batch.bookings);
    notes_.take(batch.notes);
    batch.flushes = std::exchange(flushes_, {});
    batch.changes = std::exchange(changes_, {});
    explain_bytes_ = 0;
    busy_since_ = std::chrono::steady_clock::now();
    return !(is_stopping_ && batch.records.empty() && batch.bookings.empty() &&
             batch.notes.empty() && batch.flushes.empty() && batch.changes.empty());
  }

  void run() {
    Batch batch;
    while (wait_for_batch(batch)) {
      write_rows(batch);
      // First those that wait for rows only: a change may take its time over the disk.
      for (auto& done : batch.flushes) tell(done, last_batch());
      batch.flushes.clear();
      for (auto& change : batch.changes) apply(change);
      batch.changes.clear();
    }
  }

  void write_rows(const Batch& batch) {
    const std::size_t longest =
        std::max({batch.records.size(), batch.bookings.size(), batch.notes.size()});
    for (std::size_t from = 0; from < longest; from += kMaxTransactionRows) {
      const auto records = slice(batch.records, from);
      const auto bookings = slice(batch.bookings, from);
      const auto notes = slice(batch.notes, from);
      report(write_transaction(records, bookings, notes),
             records.size() + bookings.size() + notes.size());
    }
  }

  Status write_transaction(std::span<const RequestRecord> records,
                           std::span<const QuotaBooking> bookings,
                           std::span<const RoutingNote> notes) {
    auto transaction = Transaction::begin(db_);
    if (!transaction) return transaction.error();
    if (auto status = write_bookings(db_, bookings); !status) return status;
    if (auto status = write_notes(db_, notes); !status) return status;
    if (auto status = write_requests(db_, records); !status) return status;
    return transaction->commit();
  }

  void report(Status status, std::size_t rows) {
    bool was_failing = false;
    {
      const std::lock_guard lock{mutex_};
      was_failing = !last_batch_;
      ++stats_.batches;
      (status ? stats_.written_rows : stats_.failed_rows) += rows;
      last_batch_ = status;
    }
    // Once per change of state: a full disk must not fill the log as well.
    if (!status && !was_failing)
      LOG_WARN("request log not written error=\"{}\"", status.error().message);
    if (status && was_failing) LOG_INFO("request log is written again");
  }

  void apply(Change& change) {
    tell(change.done, change.work ? durable(change.work) : last_batch());
  }

  void tell(const std::function<void(Status)>& done, Status status) {
    try {
      if (done) done(std::move(status));
    } catch (const std::exception& error) {
      LOG_ERROR("a store callback threw error=\"{}\"", error.what());
    }
  }

  /// With synchronous=FULL the commit returns after the WAL, earlier rows in it included, has been
  /// fsynced.
  Status durable(const std::function<Status(Db&)>& work) {
    if (auto status = db_.exec("PRAGMA synchronous = FULL"); !status) return status;
    Status status = transact(work);
    if (auto back = db_.exec("PRAGMA synchronous = NORMAL"); !back && status) return back;
    return status;
  }

  Status transact(const std::function<Status(Db&)>& work) {
    auto transaction = Transaction::begin(db_);
    if (!transaction) return transaction.error();
    if (auto status = guarded(work, db_); !status) return status;
    return transaction->commit();
  }

  const WriterOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  BoundedRows<RequestRecord> records_;
  BoundedRows<QuotaBooking> bookings_;
  BoundedRows<RoutingNote> notes_;
  std::vector<std::function<void(Status)>> flushes_;
  std::vector<Change> changes_;
  std::optional<std::chrono::steady_clock::time_point> busy_since_;  ///< with the batch at hand
  std::size_t explain_bytes_ = 0;
  bool is_awake_ = true;  ///< false while the thread sleeps without a deadline
  bool is_stopping_ = false;
  Status last_batch_;
  WriterStats stats_;

  Db db_;  ///< of the thread alone
  Thread thread_;
};

Writer::Writer(Db db, WriterOptions options)
    : impl_(std::make_unique<Impl>(std::move(db), options)) {}
Writer::~Writer() = default;

void Writer::log(RequestRecord record) { impl_->log(std::move(record)); }
void Writer::journal(const QuotaBooking& booking) { impl_->journal(booking); }
void Writer::note(RoutingNote note) { impl_->note(std::move(note)); }

void Writer::change(std::function<Status(Db&)> work, std::function<void(Status)> done) {
  impl_->change({std::move(work), std::move(done)});
}

Status Writer::flush() { return flush_within(std::chrono::hours{24 * 365}); }

Status Writer::flush_within(std::chrono::milliseconds patience) {
  // Shared: the waiting thread may return, and its frame die, before set_value() has returned over
  // there.
  const auto written = std::make_shared<std::promise<Status>>();
  auto future = written->get_future();
  impl_->change({nullptr, [written](Status status) { written->set_value(std::move(status)); }});
  if (future.wait_for(patience) == std::future_status::ready) return future.get();
  return Error{.kind = ErrorKind::storage, .message = "the disk does not answer", .code = "busy"};
}

void Writer::flush(std::function<void(Status)> done) { impl_->flush(std::move(done)); }

WriterStats Writer::stats() const { return impl_->stats(); }

}  // namespace freellm::store
