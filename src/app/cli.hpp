#pragma once
// The whole program: reads argv, runs the subcommand.

namespace freellm::app {

/// Returns the process's exit code.
int run_command_line(int argc, char** argv);

}  // namespace freellm::app
