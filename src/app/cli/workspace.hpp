#pragma once
// Workspace: configuration, catalog and store, for a command beside a stopped or running daemon.

#include <memory>
#include <optional>

#include "freellm/catalog/catalog.hpp"
#include "freellm/store/store.hpp"
#include "invocation.hpp"

namespace freellm::app {

struct Workspace {
  Config config;
  catalog::Catalog catalog;  ///< with stable ids
  /// Held while no daemon runs, so that none starts, and nothing is restored, under the command.
  std::optional<store::DataDirLock> lock;
  std::unique_ptr<store::Store> store;
  bool is_new = false;  ///< the database was made just now
};

/// What a data directory without a database means to a command.
enum class Missing : std::uint8_t {
  make,    ///< it is made, with its directory
  refuse,  ///< code "no_database": nothing is made, and the directory is named
};
/// Beside a running daemon nothing is migrated.
[[nodiscard]] Result<Workspace> open_workspace(const Invocation& invocation,
                                               Missing missing = Missing::make);

/// The configuration alone, for commands that need no store. The first problem is the error.
struct Setup {
  Config config;
  catalog::Catalog catalog;  ///< as configured
};
[[nodiscard]] Result<Setup> load_setup(const Invocation& invocation);

/// FREELLMAPI_MASTER_KEY, if it is set.
[[nodiscard]] std::optional<Secret> master_key_of(const Environment& environment);

/// One change of the database, waited for.
[[nodiscard]] Status change(store::Store& store, std::function<Status(store::Db&)> work);

/// Tells a running daemon, and says in words what that means; or where a database was made just
/// now. "" when neither is so.
[[nodiscard]] std::string announce_change(const Workspace& work);

}  // namespace freellm::app
