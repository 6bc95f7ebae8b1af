#include "cli.hpp"

#include <termios.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <iostream>

#include "admin_backend.hpp"
#include "freellm/app/daemon.hpp"
#include "freellm/app/routes.hpp"
#include "freellm/base/log.hpp"
#include "freellm/base/random.hpp"
#include "freellm/store/keys.hpp"
#include "freellm/store/routes.hpp"
#include "freellm/store/settings.hpp"
#include "freellm/store/store.hpp"
#include "key_test.hpp"

namespace freellm::app {
namespace {

int fail(const Error& error) {
  std::fprintf(stderr, "freellmapi: %s\n", error.message.c_str());
  return error.kind == ErrorKind::configuration ? kExitUsage : kExitFailure;
}

/// The store and the configuration, for a command beside a stopped or running daemon.
struct Workspace {
  Config config;
  catalog::Catalog catalog;  ///< with stable ids
  std::unique_ptr<store::Store> store;
};

const std::string* find_nonempty(const Environment& environment, const char* name) {
  const auto found = environment.find(name);
  return found == environment.end() || found->second.empty() ? nullptr : &found->second;
}

Result<Workspace> open_workspace(const Flags& flags, const Environment& environment) {
  log::initialize({.level = "warn", .asynchronous = false});
  Workspace work;
  work.config = load_config(flags, environment, {}).config;
  auto catalog = load_catalog(work.config.data_dir);
  if (!catalog) return catalog.error();
  auto loaded = load_config(flags, environment, platform_slugs(*catalog));
  if (!loaded.problems.empty()) {
    const auto& first = loaded.problems.front();
    return Error{.kind = ErrorKind::configuration, .message = first.where + ": " + first.what};
  }
  work.config = std::move(loaded.config);
  auto configured = configured_catalog(std::move(*catalog), work.config);
  if (!configured) return configured.error();
  store::StoreOptions options{.data_dir = work.config.data_dir};
  if (const auto* hex = find_nonempty(environment, "FREELLMAPI_MASTER_KEY"))
    options.master_key_hex = Secret{*hex};
  auto opened = store::Store::open(std::move(options));
  if (!opened) return opened.error();
  work.store = std::move(*opened);
  if (auto locked = overlay_settings(work.config, *work.store); !locked) return locked.error();
  auto synced = work.store->writer()
                    .change<catalog::Catalog>([&](store::Db& db) {
                      return stored_catalog(db, work.store->vault(), *configured, work.config);
                    })
                    .get();
  if (!synced) return synced.error();
  work.catalog = std::move(*synced);
  return work;
}

/// Tells a daemon that runs on this data directory to read its keys again.
void notify_daemon(Workspace& work) {
  if (store::DataDirLock::acquire(work.config.data_dir)) return;  // nobody runs
  const auto db = work.store->connect_read_only();
  if (!db) return;
  auto& connection = const_cast<store::Db&>(*db);
  const auto pid = store::get_setting(connection, "runtime.pid");
  if (!pid || !*pid) return;
  if (::kill(static_cast<pid_t>(std::stol(**pid)), SIGHUP) == 0)
    std::puts("The running daemon uses it from now on.");
}

/// Reads one line; without echo when it comes from a terminal.
Secret read_secret(const char* prompt) {
  const bool interactive = ::isatty(STDIN_FILENO) == 1;
  termios saved{};
  if (interactive) {
    std::fputs(prompt, stderr);
    ::tcgetattr(STDIN_FILENO, &saved);
    termios silent = saved;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  std::string line;
  std::getline(std::cin, line);
  if (interactive) {
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &saved);
    std::fputc('\n', stderr);
  }
  return Secret::take(std::move(line));
}

const char* state_name(catalog::KeyState state) {
  switch (state) {
    case catalog::KeyState::valid:
      return "valid";
    case catalog::KeyState::invalid:
      return "invalid";
    case catalog::KeyState::unverifiable:
      return "cannot tell";
    case catalog::KeyState::undecryptable:
      return "cannot be decrypted";
    case catalog::KeyState::unknown:
      break;
  }
  return "not checked";
}

}  // namespace

int check_config(const Flags& flags, const Environment& environment) {
  auto loaded = load_config(flags, environment, {});
  const auto catalog = load_catalog(loaded.config.data_dir);
  if (!catalog) return fail(catalog.error());
  loaded = load_config(flags, environment, platform_slugs(*catalog));
  for (const auto& problem : loaded.problems) {
    std::fprintf(stderr, "%s: %s\n", problem.where.c_str(), problem.what.c_str());
  }
  if (!loaded.problems.empty()) return kExitUsage;
  const auto configured = configured_catalog(*catalog, loaded.config);
  if (!configured) return fail(configured.error());
  const auto enabled = std::count_if(configured->models.begin(), configured->models.end(),
                                     [](const auto& model) { return model.enabled; });
  std::printf(
      "Configuration is valid: %zu platforms, %zu models (%zd enabled), data directory %s\n",
      configured->platforms.size(), configured->models.size(), static_cast<ssize_t>(enabled),
      loaded.config.data_dir.c_str());
  return kExitOk;
}

int keys_add(const Flags& flags, const Environment& environment, const std::string& platform_slug,
             const std::string& label) {
  auto work = open_workspace(flags, environment);
  if (!work) return fail(work.error());
  const auto* platform = catalog::find_platform(work->catalog, platform_slug);
  if (platform == nullptr) {
    std::string known;
    for (const auto& item : work->catalog.platforms) known += " " + item.slug;
    return fail({.kind = ErrorKind::configuration,
                 .message = "unknown platform \"" + platform_slug + "\"; there are:" + known});
  }
  const Secret secret = read_secret(("Key for " + platform->name + " (not shown): ").c_str());
  const auto now = RealClock{}.now();
  auto added = work->store->writer()
                   .change<KeyId>([&](store::Db& db) {
                     return store::add_key(db, work->store->vault(), platform->id, secret.reveal(),
                                           label, now.wall, "cli");
                   })
                   .get();
  if (!added) return fail(added.error());
  std::printf("Key %lld for %s is stored.\n", static_cast<long long>(added->value),
              platform->name.c_str());
  notify_daemon(*work);
  return kExitOk;
}

int keys_list(const Flags& flags, const Environment& environment) {
  auto work = open_workspace(flags, environment);
  if (!work) return fail(work.error());
  auto db = work->store->connect_read_only();
  if (!db) return fail(db.error());
  const auto keys = store::list_keys(*db, work->store->vault());
  if (!keys) return fail(keys.error());
  if (keys->empty()) {
    std::puts("No provider keys are stored. Add one with: freellmapi keys add PLATFORM");
    return kExitOk;
  }
  std::printf("%-5s %-14s %-14s %-9s %-20s %s\n", "ID", "PLATFORM", "KEY", "ENABLED", "STATE",
              "LABEL");
  for (const auto& stored : *keys) {
    std::printf("%-5lld %-14s %-16s %-9s %-20s %s\n", static_cast<long long>(stored.key.id.value),
                stored.platform_slug.c_str(), stored.key.masked.c_str(),
                stored.key.enabled ? "yes" : "no", state_name(stored.key.state),
                stored.key.label.c_str());
  }
  return kExitOk;
}

int keys_remove(const Flags& flags, const Environment& environment, std::int64_t id) {
  auto work = open_workspace(flags, environment);
  if (!work) return fail(work.error());
  auto removed = work->store->writer()
                     .change<bool>([&](store::Db& db) -> Result<bool> {
                       if (const Status done = store::remove_key(db, KeyId{id}); !done)
                         return done.error();
                       return true;
                     })
                     .get();
  if (!removed) return fail(removed.error());
  std::printf("Key %lld is removed.\n", static_cast<long long>(id));
  notify_daemon(*work);
  return kExitOk;
}

int keys_test(const Flags& flags, const Environment& environment, std::int64_t id) {
  auto work = open_workspace(flags, environment);
  if (!work) return fail(work.error());
  auto db = work->store->connect_read_only();
  if (!db) return fail(db.error());
  const auto keys = store::list_keys(*db, work->store->vault());
  if (!keys) return fail(keys.error());
  for (const auto& stored : *keys) {
    if (stored.key.id.value != id) continue;
    const auto check = test_key(*work->store, work->catalog, stored, work->config);
    if (!check) return fail(check.error());
    const auto now = RealClock{}.now();
    const auto state = check->verdict == provider::KeyVerdict::valid ? catalog::KeyState::valid
                       : check->verdict == provider::KeyVerdict::invalid
                           ? catalog::KeyState::invalid
                           : catalog::KeyState::unverifiable;
    const bool keep = check->verdict == provider::KeyVerdict::inconclusive &&
                      stored.key.state != catalog::KeyState::unknown;
    if (!keep) {
      (void)work->store->writer()
          .change<bool>([&](store::Db& writable) -> Result<bool> {
            const Status set =
                store::set_key_state(writable, KeyId{id}, state, check->reason, now.wall);
            if (!set) return set.error();
            return true;
          })
          .get();
    }
    std::printf("Key %lld (%s): %s. %s\n", static_cast<long long>(id), stored.platform_slug.c_str(),
                state_name(state), check->reason.c_str());
    return check->verdict == provider::KeyVerdict::invalid ? kExitFailure : kExitOk;
  }
  return fail({.kind = ErrorKind::configuration,
               .message = "there is no key " + std::to_string(id) + "; see: freellmapi keys list"});
}

int api_key_show(const Flags& flags, const Environment& environment) {
  if (const auto* fixed = find_nonempty(environment, "FREELLMAPI_API_KEY")) {
    std::puts(fixed->c_str());
    return kExitOk;
  }
  auto work = open_workspace(flags, environment);
  if (!work) return fail(work.error());
  auto db = work->store->connect_read_only();
  if (!db) return fail(db.error());
  const auto secret = store::get_secret(*db, work->store->vault(), store::kUnifiedApiKey);
  if (!secret) return fail(secret.error());
  if (!*secret) {
    return fail({.kind = ErrorKind::storage,
                 .message = "there is no key yet; the daemon makes one at its first start"});
  }
  std::puts(std::string{(*secret)->reveal()}.c_str());
  return kExitOk;
}

int api_key_rotate(const Flags& flags, const Environment& environment) {
  if (find_nonempty(environment, "FREELLMAPI_API_KEY") != nullptr) {
    return fail({.kind = ErrorKind::configuration,
                 .message = "FREELLMAPI_API_KEY fixes the key; change that variable instead"});
  }
  auto work = open_workspace(flags, environment);
  if (!work) return fail(work.error());
  const Secret fresh = Secret::take("freellmapi-" + random_hex(24));
  const auto now = RealClock{}.now();
  auto stored = work->store->writer()
                    .change<bool>([&](store::Db& db) -> Result<bool> {
                      const Status put =
                          store::put_secret(db, work->store->vault(), store::kUnifiedApiKey,
                                            fresh.reveal(), now.wall);
                      if (!put) return put.error();
                      return true;
                    })
                    .get();
  if (!stored) return fail(stored.error());
  std::puts(std::string{fresh.reveal()}.c_str());
  notify_daemon(*work);
  return kExitOk;
}

}  // namespace freellm::app
