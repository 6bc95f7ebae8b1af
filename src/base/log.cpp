#include "freellm/base/log.hpp"

#include <unistd.h>

#include <atomic>
#include <memory>

#include "log_sink.hpp"

namespace freellm::log {
namespace {

std::atomic<bool> is_closed{false};

}  // namespace

void initialize(const Options& options) {
  auto sink = std::make_shared<GatheringSink>(STDERR_FILENO, options.format);
  sink->set_formatter(std::make_unique<LineFormatter>(options.format));
  auto logger = std::make_shared<spdlog::logger>("freellmapi", std::move(sink));
  if (!options.asynchronous) logger->flush_on(spdlog::level::trace);
  spdlog::set_default_logger(std::move(logger));
  set_level(options.level);
}

bool set_level(std::string_view level) {
  static constexpr std::string_view kNames[] = {"trace", "debug", "info", "warn", "error"};
  for (int i = 0; i < 5; ++i) {
    if (level == kNames[i]) {
      spdlog::set_level(static_cast<spdlog::level::level_enum>(i));
      return true;
    }
  }
  return false;
}

void shutdown() {
  is_closed = true;
  spdlog::shutdown();
}

void last_words(std::string_view text) {
  if (is_closed) return;
  LOG_ERROR("{}", text);
  spdlog::default_logger()->flush();
}

}  // namespace freellm::log
