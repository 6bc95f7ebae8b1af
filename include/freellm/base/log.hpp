#pragma once
// Logging, and the only header that includes spdlog.
//
// Levels: error = a request could not be served or the daemon cannot go on; warn = went wrong but
// recovered; info = lifecycle and the access line; debug and below = everything else. Messages are
// lower-case facts, key=value, units in the names. Never prompts, completions or credentials.

#include <spdlog/spdlog.h>

#include <string>
#include <string_view>

namespace freellm::log {

enum class Format { text, json };

struct Options {
  std::string level = "info";  ///< trace, debug, info, warn or error
  Format format = Format::text;
  bool asynchronous = true;  ///< lines are gathered and written together; false writes each at once
};

/// Installs the process-wide logger (stderr). Call once, before threads start.
void initialize(const Options& options);

/// Changes the level at run time. Returns false for an unknown name.
bool set_level(std::string_view level);

/// Writes out what is queued. Called at the end of a drain.
void shutdown();

/// An error line before the process ends without further ado, beside a shutdown() that does not
/// end: waits a second at most for it to be written.
void last_words(std::string_view text);

}  // namespace freellm::log

#define LOG_TRACE(...) \
  SPDLOG_LOGGER_CALL(::spdlog::default_logger_raw(), ::spdlog::level::trace, __VA_ARGS__)
#define LOG_DEBUG(...) \
  SPDLOG_LOGGER_CALL(::spdlog::default_logger_raw(), ::spdlog::level::debug, __VA_ARGS__)
#define LOG_INFO(...) \
  SPDLOG_LOGGER_CALL(::spdlog::default_logger_raw(), ::spdlog::level::info, __VA_ARGS__)
#define LOG_WARN(...) \
  SPDLOG_LOGGER_CALL(::spdlog::default_logger_raw(), ::spdlog::level::warn, __VA_ARGS__)
#define LOG_ERROR(...) \
  SPDLOG_LOGGER_CALL(::spdlog::default_logger_raw(), ::spdlog::level::err, __VA_ARGS__)
