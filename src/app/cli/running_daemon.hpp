#pragma once
// The daemon that uses a data directory, as a command beside it sees it.

#include <string>

#include "freellm/store/sqlite.hpp"

namespace freellm::app {

enum class Notice {
  nobody_runs,
  told,         ///< it reads its keys, routes and accounts again
  unreachable,  ///< it runs, but cannot be told from here: another container, or another user
};

/// Writes down the calling process as the daemon that runs on this database.
[[nodiscard]] Status record_daemon(store::Db& db);

/// The number that was written down, if it is still that of the process that holds `data_dir`.
[[nodiscard]] bool finds_daemon(const std::string& data_dir);

/// Sends SIGHUP, to that process and no other.
[[nodiscard]] Notice tell_daemon(const std::string& data_dir);

}  // namespace freellm::app
