#pragma once
// A log sink that gathers lines and writes them together, and the formatter that makes the lines.
//
// A line costs the caller its formatting and a short lock. A background thread writes what has
// gathered, 50 ms after the first line or at once for a warning, so that a busy daemon makes twenty
// write calls a second instead of one per request. Bounded: when the reader of our output stands
// still, lines are dropped and counted rather than queued.

#include <spdlog/sinks/base_sink.h>

#include <condition_variable>
#include <ctime>
#include <mutex>
#include <string>
#include <thread>

#include "freellm/base/log.hpp"

namespace freellm::log {

/// "2026-11-23T03:41:12.552+00:00 info  message", or one JSON object a line.
class LineFormatter final : public spdlog::formatter {
 public:
  explicit LineFormatter(Format format) : format_(format) {}
  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override;
  [[nodiscard]] std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<LineFormatter>(format_);
  }

 private:
  void refresh(std::time_t second);

  Format format_;
  std::time_t second_ = -1;
  std::string date_;  ///< "2026-11-23T03:41:12" of second_
  std::string zone_;  ///< "+00:00"
  std::string json_;  ///< scratch
};

class GatheringSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  static constexpr std::size_t kMaxGathered = 1U << 20;

  GatheringSink(int fd, Format format);
  ~GatheringSink() override;

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override;
  void flush_() override;

 private:
  void run();
  [[nodiscard]] std::string dropped_line(std::uint64_t count);
  void write_out(const std::string& lines) const;

  int fd_;
  LineFormatter own_lines_;  ///< of the thread alone
  std::mutex gathered_mutex_;
  std::condition_variable wake_;
  std::condition_variable written_;
  std::string gathered_;
  std::uint64_t dropped_ = 0;
  bool urgent_ = false;
  bool writing_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace freellm::log
