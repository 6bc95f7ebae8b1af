#pragma once
// What to tell somebody whose command line was not understood. Pure over the command line's
// description.

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace freellm::app {

/// The words of one line, without "freellmapi:": which command or option is unknown and what was
/// probably meant. `error` is what the parser threw for `words` (argv without the program).
[[nodiscard]] std::string usage_error(const CLI::App& program,
                                      const std::vector<std::string>& words,
                                      const CLI::ParseError& error);

}  // namespace freellm::app
