#pragma once
// What was received and what became of it: a bounded log that tests read back and wait on.
// Secrets are replaced before they are stored. Not thread-safe.

#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <string>

#include "core/prompt.hpp"
#include "io/http.hpp"

namespace simulator {

struct Entry {
  std::uint64_t serial = 0;
  std::uint64_t connection = 0;
  std::int64_t received_ms = 0;  ///< unix milliseconds
  std::string method;
  std::string target;  ///< with a key in the query blanked out
  std::string platform;
  std::string model;
  std::string key_tail;  ///< last four characters: enough for a test to tell its keys apart
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  bool is_chat = false;
  int status = 0;                ///< 0 = nothing was sent
  std::int64_t finished_ms = 0;  ///< 0 = still being served
  bool aborted_by_peer = false;
  std::vector<std::uint64_t> faults;  ///< ids of those applied
  std::string refused;                ///< why the simulator refused it, for a human
};

class Journal {
 public:
  Entry& open(const HttpRequest& request, std::uint64_t connection);
  /// Null once the entry has been pushed out by later ones.
  Entry* find(std::uint64_t serial);
  void close(std::uint64_t serial, bool aborted_by_peer);
  /// Says that an entry changed: those who wait are asked again.
  void touched();

  /// Calls `ask` after every change until it returns true. Returns a handle for `give_up`.
  std::uint64_t wait(std::function<bool()> ask);
  void give_up(std::uint64_t waiter) { waiters_.erase(waiter); }

  [[nodiscard]] const std::deque<Entry>& entries() const { return entries_; }
  [[nodiscard]] Json to_json(const Entry& entry) const;
  void clear() { entries_.clear(); }

 private:
  std::deque<Entry> entries_;
  std::uint64_t last_serial_ = 0;
  std::uint64_t last_waiter_ = 0;
  std::map<std::uint64_t, std::function<bool()>> waiters_;
};

[[nodiscard]] std::int64_t unix_ms();

}  // namespace simulator
