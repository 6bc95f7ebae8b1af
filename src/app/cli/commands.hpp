#pragma once
// Subcommands other than serve. Each says what it did and returns the exit code.

#include <cstdint>
#include <string>

#include "invocation.hpp"

namespace freellm::app {

int check_config(const Invocation& invocation);

int keys_add(const Invocation& invocation, const std::string& platform, const std::string& label);
int keys_list(const Invocation& invocation);
int keys_remove(const Invocation& invocation, std::int64_t id);
int keys_test(const Invocation& invocation, std::int64_t id);

int api_key_show(const Invocation& invocation);
int api_key_rotate(const Invocation& invocation);

int admin_reset_password(const Invocation& invocation);

enum class NewKey { random, from_stdin };
int master_key_rotate(const Invocation& invocation, NewKey source);

enum class Overwrite { no, yes };
int backup_to(const Invocation& invocation, const std::string& file, Overwrite overwrite);
int restore_from(const Invocation& invocation, const std::string& file);

/// 0: the daemon at the configured address says that it is ready. 1: anything else, because
/// container platforms know these two only.
int healthcheck(const Invocation& invocation, Millis deadline);

}  // namespace freellm::app
