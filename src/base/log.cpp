#include "freellm/base/log.hpp"

#include <spdlog/async.h>
#include <spdlog/sinks/stdout_color_sinks.h>

#include <chrono>
#include <memory>

namespace freellm::log {
namespace {

constexpr std::size_t kQueueLines = 8192;
// %v is escaped by callers that log foreign text; keys and levels never need it.
constexpr auto kJsonPattern = R"({"ts":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l","msg":"%v"})";
constexpr auto kTextPattern = "%Y-%m-%dT%H:%M:%S.%e%z %^%-5l%$ %v";

}  // namespace

void initialize(const Options& options) {
  std::shared_ptr<spdlog::logger> logger;
  if (options.asynchronous) {
    spdlog::init_thread_pool(kQueueLines, 1);
    logger = std::make_shared<spdlog::async_logger>(
        "freellmapi", std::make_shared<spdlog::sinks::stderr_color_sink_mt>(), spdlog::thread_pool(),
        spdlog::async_overflow_policy::overrun_oldest);
  } else {
    logger = std::make_shared<spdlog::logger>("freellmapi",
                                              std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
  }
  logger->set_pattern(options.format == Format::json ? kJsonPattern : kTextPattern);
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

void shutdown() { spdlog::shutdown(); }

}  // namespace freellm::log
