#include "log_sink.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>

#include "log_json.hpp"

namespace freellm::log {
namespace {

using namespace std::chrono_literals;

constexpr auto kGatherTime = 50ms;
// As the contract spells them, padded to one width.
constexpr std::array<std::string_view, 7> kLevels{"trace", "debug", "info ", "warn ",
                                                  "error", "error", ""};

void append(spdlog::memory_buf_t& out, std::string_view text) {
  out.append(text.data(), text.data() + text.size());
}

/// Foreign text may hold anything: control characters must not forge lines or move a terminal's
/// cursor.
void append_plain(spdlog::memory_buf_t& out, std::string_view text) {
  const std::size_t begin = out.size();
  append(out, text);
  char* const written = out.data() + begin;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (static_cast<unsigned char>(written[i]) < 0x20 || written[i] == 0x7f) written[i] = ' ';
  }
}

}  // namespace

void LineFormatter::refresh(std::time_t second) {
  if (second == second_) return;
  second_ = second;
  std::tm parts{};
  ::localtime_r(&second, &parts);
  std::array<char, 32> text;
  date_.assign(text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts));
  std::strftime(text.data(), text.size(), "%z", &parts);
  zone_ = std::string{text.data(), 3} + ":" + std::string{text.data() + 3, 2};
}

void LineFormatter::format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) {
  const auto since_epoch = message.time.time_since_epoch();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since_epoch);
  const auto ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch - seconds).count();
  refresh(seconds.count());
  const std::array<char, 4> fraction{'.', static_cast<char>('0' + ms / 100),
                                     static_cast<char>('0' + ms / 10 % 10),
                                     static_cast<char>('0' + ms % 10)};
  const auto level = kLevels[static_cast<std::size_t>(message.level)];
  const std::string_view text{message.payload.data(), message.payload.size()};
  if (format_ == Format::json) append(out, R"({"ts":")");
  append(out, date_);
  append(out, {fraction.data(), fraction.size()});
  append(out, zone_);
  if (format_ == Format::json) {
    append(out, R"(","level":")");
    append(out, level.substr(0, level.find(' ')));
    append(out, "\",");
    json_.clear();
    append_json_message(json_, text);
    append(out, json_);
    append(out, "}\n");
    return;
  }
  out.push_back(' ');
  append(out, level);
  out.push_back(' ');
  append_plain(out, text);
  out.push_back('\n');
}

GatheringSink::GatheringSink(int fd, Format format) : fd_(fd), own_lines_(format) {
  // The signals are the main thread's; a thread started before they are blocked must not take them.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

GatheringSink::~GatheringSink() {
  {
    const std::lock_guard lock{gathered_mutex_};
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void GatheringSink::sink_it_(const spdlog::details::log_msg& message) {
  spdlog::memory_buf_t line;
  formatter_->format(message, line);
  bool wake = false;
  {
    const std::lock_guard lock{gathered_mutex_};
    if (gathered_.size() + line.size() > kMaxGathered) {
      ++dropped_;
      return;
    }
    const bool is_urgent = message.level >= spdlog::level::warn;
    wake = gathered_.empty() || (is_urgent && !urgent_);
    urgent_ = urgent_ || is_urgent;
    gathered_.append(line.data(), line.size());
  }
  if (wake) wake_.notify_one();
}

void GatheringSink::flush_() {
  std::unique_lock lock{gathered_mutex_};
  urgent_ = true;
  wake_.notify_one();
  written_.wait_for(lock, 1s, [this] { return gathered_.empty() && !writing_; });
}

void GatheringSink::run() {
  std::string lines;
  std::unique_lock lock{gathered_mutex_};
  while (!stopping_ || !gathered_.empty()) {
    wake_.wait(lock, [this] { return stopping_ || !gathered_.empty(); });
    if (!stopping_) wake_.wait_for(lock, kGatherTime, [this] { return stopping_ || urgent_; });
    lines.swap(gathered_);
    const auto dropped = std::exchange(dropped_, 0);
    urgent_ = false;
    writing_ = true;
    lock.unlock();
    if (dropped > 0) lines += dropped_line(dropped);
    write_out(lines);
    lines.clear();
    lock.lock();
    writing_ = false;
    written_.notify_all();
  }
}

std::string GatheringSink::dropped_line(std::uint64_t count) {
  const std::string text =
      "log lines dropped because the output is not read count=" + std::to_string(count);
  spdlog::memory_buf_t line;
  own_lines_.format({"", spdlog::level::warn, text}, line);
  return {line.data(), line.size()};
}

void GatheringSink::write_out(const std::string& lines) const {
  std::size_t done = 0;
  while (done < lines.size()) {
    const ssize_t n = ::write(fd_, lines.data() + done, lines.size() - done);
    if (n > 0) {
      done += static_cast<std::size_t>(n);
    } else if (errno != EINTR) {
      return;  // nowhere left to complain
    }
  }
}

}  // namespace freellm::log
