#pragma once
// What every command is given, and how it answers: lines for people or one JSON object for scripts.

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "freellm/app/config.hpp"
#include "freellm/base/result.hpp"

namespace freellm::app {

struct Invocation {
  Flags flags;
  Environment environment;
  bool json = false;  ///< --json
};

/// `text` (lines, without the last line feed) or `json`, on standard output. Returns kExitOk.
int answer(const Invocation& invocation, const std::string& text, const nlohmann::json& json);

/// Standard error says it in one line; with --json an {"error": ...} object says it on standard
/// output too. Returns the exit code for it.
int fail(const Invocation& invocation, const Error& error);

/// The first problem of a configuration, as an error.
[[nodiscard]] Error problem_error(const ConfigProblem& problem);

}  // namespace freellm::app
