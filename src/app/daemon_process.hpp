// Daemon: the parts of a running freellmapi, from its first line to its drain.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "admin_backend.hpp"
#include "exit_guard.hpp"
#include "freellm/app/config.hpp"
#include "freellm/app/daemon.hpp"
#include "freellm/catalog/catalog.hpp"
#include "freellm/net/resolver.hpp"
#include "freellm/proxy/context.hpp"
#include "freellm/server/admin/admin.hpp"
#include "freellm/server/listener.hpp"
#include "quota_journal.hpp"

namespace freellm::app {

/// The running program: what it owns, in the order in which it is built; destroyed the other way
/// round. One thread starts it, waits for signals and drains it; the dashboard's thread calls
/// `apply` and what `start_admin` hands to the admin backend.
class Daemon {
 public:
  /// `exit_guard` outlives it, and whatever must end after it.
  Daemon(Flags flags, Environment environment, ExitGuard& exit_guard)
      : flags_(std::move(flags)), environment_(std::move(environment)), exit_guard_(exit_guard) {}

  /// Starts, serves until a signal ends it, drains; the exit code of the contract.
  int run();

 private:
  // daemon_start.cpp
  Status start();
  Status open_store();
  Status audit();
  Status start_workers();
  Status start_admin();
  void announce() const;
  void announce_keyless() const;

  // daemon_in_force.cpp
  Result<std::shared_ptr<const Secret>> unified_key();
  Result<std::shared_ptr<const routing::RouteIndex>> build_routes(const Config& config);
  Result<std::shared_ptr<const proxy::Settings>> build_settings(const Config& config);
  /// Everything anew from the store, for `config`; what fails leaves the running state as it is.
  Status apply(const Config& config);
  void reload();
  Status import_named_keys(const catalog::Catalog& catalog, const Config& config);

  // daemon.cpp
  void serve_until_stopped();
  void drain();
  void write_out();

  Flags flags_;
  Environment environment_;
  ExitGuard& exit_guard_;
  Config config_;
  RealClock clock_;
  std::optional<store::DataDirLock> lock_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<QuotaJournal> journal_;
  std::unique_ptr<routing::Router> router_;
  std::unique_ptr<proxy::Services> services_;
  std::unique_ptr<net::TlsContext> tls_;
  std::unique_ptr<net::Resolver> resolver_;
  std::vector<std::unique_ptr<server::WorkerSlot>> workers_;
  std::unique_ptr<server::Listener> listener_;
  std::shared_ptr<const routing::RouteIndex> routes_;
  std::shared_ptr<const Secret> api_key_;
  std::shared_ptr<const Secret> fixed_api_key_;  ///< FREELLMAPI_API_KEY, if it is set
  std::vector<std::string> locked_settings_;
  /// SIGHUP and the dashboard both change what is in force.
  mutable std::recursive_mutex apply_mutex_;
  std::unique_ptr<AdminBackend> admin_backend_;
  std::unique_ptr<server::admin::Admin> admin_;
};

}  // namespace freellm::app
