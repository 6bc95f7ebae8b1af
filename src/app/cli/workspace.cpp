#include "workspace.hpp"

#include <chrono>
#include <thread>

#include "../admin_backend.hpp"
#include "freellm/app/routes.hpp"
#include "freellm/base/log.hpp"
#include "running_daemon.hpp"

namespace freellm::app {
namespace {

constexpr std::chrono::milliseconds kPatience{3'000};
constexpr std::chrono::milliseconds kLookAgain{20};

/// nullopt: a daemon runs. A rotation or a restore holds the directory too, but only for a moment,
/// and is waited for; whoever holds it longer is a daemon that cannot be seen from here.
Result<std::optional<store::DataDirLock>> share_unless_daemon(const std::string& data_dir) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  for (;;) {
    auto lock = store::DataDirLock::share(data_dir);
    if (!lock || *lock || finds_daemon(data_dir)) return lock;
    if (std::chrono::steady_clock::now() >= end) return lock;
    std::this_thread::sleep_for(kLookAgain);
  }
}

}  // namespace

Result<Setup> load_setup(const Invocation& invocation) {
  const auto& [flags, environment, json] = invocation;
  Setup setup;
  setup.config = load_config(flags, environment, {}).config;
  auto catalog = load_catalog(setup.config.data_dir);
  if (!catalog) return catalog.error();
  auto loaded = load_config(flags, environment, platform_slugs(*catalog));
  if (!loaded.problems.empty()) return problem_error(loaded.problems.front());
  setup.config = std::move(loaded.config);
  auto configured = configured_catalog(std::move(*catalog), setup.config);
  if (!configured) return configured.error();
  install_quirks(*configured);
  setup.catalog = std::move(*configured);
  return setup;
}

std::optional<Secret> master_key_of(const Environment& environment) {
  const auto* hex = find_nonempty(environment, "FREELLMAPI_MASTER_KEY");
  if (hex == nullptr) return std::nullopt;
  return Secret{*hex};
}

Result<Workspace> open_workspace(const Invocation& invocation, Missing missing) {
  log::initialize({.level = "warn", .asynchronous = false});
  auto setup = load_setup(invocation);
  if (!setup) return setup.error();
  Workspace work;
  work.config = std::move(setup->config);
  std::error_code ec;
  const std::filesystem::path directory{work.config.data_dir};
  work.is_new = !std::filesystem::exists(directory / store::kDatabaseName, ec) && !ec;
  if (work.is_new && missing == Missing::refuse) {
    return Error{.kind = ErrorKind::configuration,
                 .message = "there is no database in " + directory.string() +
                            "; name another directory with --data-dir or FREELLMAPI_DATA_DIR",
                 .code = "no_database"};
  }
  if (auto made = store::make_data_dir(work.config.data_dir); !made) return made.error();
  auto lock = share_unless_daemon(work.config.data_dir);
  if (!lock) return lock.error();
  if (*lock) work.lock.emplace(std::move(**lock));
  store::StoreOptions options{.data_dir = work.config.data_dir};
  options.master_key_hex = master_key_of(invocation.environment);
  options.migration = work.lock ? store::Migration::allowed : store::Migration::forbidden;
  auto opened = store::Store::open(std::move(options));
  if (!opened) return opened.error();
  work.store = std::move(*opened);
  if (auto locked = overlay_settings(work.config, *work.store); !locked) return locked.error();
  auto synced = work.store->writer()
                    .change<catalog::Catalog>([&](store::Db& db) {
                      return stored_catalog(db, work.store->vault(), setup->catalog, work.config);
                    })
                    .get();
  if (!synced) return synced.error();
  work.catalog = std::move(*synced);
  return work;
}

Status change(store::Store& store, std::function<Status(store::Db&)> work) {
  auto done = store.writer()
                  .change<bool>([work = std::move(work)](store::Db& db) -> Result<bool> {
                    if (const Status status = work(db); !status) return status.error();
                    return true;
                  })
                  .get();
  if (!done) return done.error();
  return {};
}

std::string announce_change(const Workspace& work) {
  if (work.is_new) {
    return "\nA new database was made for it in " + work.config.data_dir +
           "; another directory is named with --data-dir or FREELLMAPI_DATA_DIR.";
  }
  if (work.lock) return {};
  switch (tell_daemon(work.config.data_dir)) {
    case Notice::told:
      return "\nThe running daemon uses it from now on.";
    case Notice::unreachable:
      return "\nA daemon runs on this data directory and could not be told from here (it is in "
             "another container, or another user's). It takes this up at SIGHUP or at its next "
             "start.";
    case Notice::nobody_runs:
      break;
  }
  return {};
}

}  // namespace freellm::app
