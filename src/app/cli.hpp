#pragma once
// Subcommands other than serve. Each prints for people and returns the exit code.

#include <string>

#include "freellm/app/config.hpp"

namespace freellm::app {

int check_config(const Flags& flags, const Environment& environment);

int keys_add(const Flags& flags, const Environment& environment, const std::string& platform,
             const std::string& label);
int keys_list(const Flags& flags, const Environment& environment);
int keys_remove(const Flags& flags, const Environment& environment, std::int64_t id);
int keys_test(const Flags& flags, const Environment& environment, std::int64_t id);

int api_key_show(const Flags& flags, const Environment& environment);
int api_key_rotate(const Flags& flags, const Environment& environment);

/// Reads argv, runs the subcommand.
int run_command_line(int argc, char** argv);

}  // namespace freellm::app
