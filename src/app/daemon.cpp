#include "freellm/app/daemon.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <future>
#include <mutex>
#include <thread>

#include "admin_backend.hpp"
#include "cli/running_daemon.hpp"
#include "freellm/app/routes.hpp"
#include "freellm/base/log.hpp"
#include "freellm/catalog/loader.hpp"
#include "freellm/net/resolver.hpp"
#include "freellm/proxy/context.hpp"
#include "freellm/server/admin/admin.hpp"
#include "freellm/server/listener.hpp"
#include "freellm/store/rekey.hpp"
#include "memory.hpp"
#include "quota_journal.hpp"
#include "secret_environment.hpp"
#include "service_notify.hpp"
#include "signals.hpp"
#include "unified_key.hpp"

namespace freellm::app {
namespace {

void print_problems(const std::vector<ConfigProblem>& problems) {
  for (const auto& problem : problems) {
    std::fprintf(stderr, "freellmapi: %s: %s\n", problem.where.c_str(), problem.what.c_str());
  }
}

int fail(const Error& error) {
  std::fprintf(stderr, "freellmapi: %s\n", error.message.c_str());
  return error.kind == ErrorKind::configuration ? kExitUsage : kExitFailure;
}

/// Ten thousand streams need twenty thousand descriptors; the soft limit is usually 1024.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

class Daemon {
 public:
  Daemon(Flags flags, Environment environment)
      : flags_(std::move(flags)), environment_(std::move(environment)) {}

  int run();

 private:
  Status open_store();
  Status audit();
  Status start();
  Status start_workers();
  Result<std::shared_ptr<const Secret>> unified_key();
  Result<std::shared_ptr<const routing::RouteIndex>> build_routes(const Config& config);
  Result<std::shared_ptr<const proxy::Settings>> build_settings(const Config& config);
  Status start_admin();
  /// Everything anew from the store, for `config`; what fails leaves the running state as it is.
  Status apply(const Config& config);
  void announce() const;
  void announce_keyless() const;
  void serve_until_stopped();
  void reload();
  void drain();

  Flags flags_;
  Environment environment_;
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
  mutable std::recursive_mutex
      apply_mutex_;  ///< SIGHUP and the dashboard both change what is in force
  std::unique_ptr<AdminBackend> admin_backend_;
  std::unique_ptr<server::admin::Admin> admin_;
};

int Daemon::run() {
  if (const Status started = start(); !started) return fail(started.error());
  announce();
  notify_service(environment_, ServiceState::ready);
  serve_until_stopped();
  notify_service(environment_, ServiceState::stopping);
  drain();
  return kExitOk;
}

Status Daemon::start() {
  auto loaded = load_config(flags_, environment_, {});
  const auto catalog = load_catalog(loaded.config.data_dir);
  if (!catalog) return catalog.error();
  loaded = load_config(flags_, environment_, platform_slugs(*catalog));
  if (!loaded.problems.empty()) {
    print_problems(loaded.problems);
    return Error{.kind = ErrorKind::configuration,
                 .message = "the configuration has " + std::to_string(loaded.problems.size()) +
                            (loaded.problems.size() == 1 ? " problem" : " problems") +
                            "; nothing was started"};
  }
  config_ = std::move(loaded.config);
  log::initialize(
      {config_.log_level, config_.log_format == "json" ? log::Format::json : log::Format::text});
  raise_descriptor_limit();

  auto configured = configured_catalog(*catalog, config_);
  if (!configured) return configured.error();
  auto tls = net::TlsContext::create(config_.ca_file);
  if (!tls) return tls.error();
  tls_ = std::move(*tls);
  if (const Status opened = open_store(); !opened) return opened;
  if (const Status imported =
          import_environment_keys(*store_, *configured, config_, environment_, clock_.now());
      !imported) {
    return imported;
  }
  auto locked = overlay_settings(config_, *store_);
  if (!locked) return locked.error();
  locked_settings_ = std::move(*locked);
  if (const auto* fixed = find_nonempty(environment_, "FREELLMAPI_API_KEY"))
    fixed_api_key_ = std::make_shared<const Secret>(*fixed);
  if (const Status started = start_workers(); !started) return started;
  forget_secrets(environment_, config_);
  return {};
}

Status Daemon::open_store() {
  auto lock = store::DataDirLock::acquire(config_.data_dir);
  if (!lock) return lock.error();
  lock_.emplace(std::move(*lock));
  store::StoreOptions options{.data_dir = config_.data_dir};
  if (const auto* hex = find_nonempty(environment_, "FREELLMAPI_MASTER_KEY"))
    options.master_key_hex = Secret{*hex};
  auto opened = store::Store::open(std::move(options));
  if (!opened) return opened.error();
  store_ = std::move(*opened);
  // So that the command line can tell a running daemon about a change.
  auto recorded = store_->writer().change<bool>([](store::Db& db) -> Result<bool> {
    if (const Status put = record_daemon(db); !put) return put.error();
    return true;
  });
  // A full disk must not keep a restarted daemon from serving.
  if (auto done = recorded.get(); !done)
    LOG_ERROR("nothing can be recorded or changed: {}", done.error().message);
  return audit();
}

/// A damaged row costs what it holds and no more; who put it right is told where to look.
Status Daemon::audit() {
  auto db = store_->connect_read_only();
  if (!db) return db.error();
  const auto rows = store::unreadable_rows(*db, store_->vault());
  if (!rows) return rows.error();
  for (const auto& row : *rows) {
    LOG_ERROR("{} cannot be decrypted and is left out: {}; add it anew, then remove this one",
              row.what, row.why);
  }
  return {};
}

Status Daemon::start_workers() {
  journal_ = std::make_unique<QuotaJournal>(store_->writer());
  router_ = std::make_unique<routing::Router>(journal_.get(), clock_.now());
  services_.reset(new proxy::Services{clock_, *router_, *store_});
  journal_->tell(services_->live);
  auto routes = build_routes(config_);
  if (!routes) return routes.error();
  routes_ = *routes;
  auto replay = read_journal(*store_, clock_.now());
  if (!replay) return replay.error();
  router_->replay(*replay, clock_.now());
  auto settings = build_settings(config_);
  if (!settings) return settings.error();

  resolver_ = std::make_unique<net::Resolver>();
  const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
  const unsigned count = config_.workers != 0 ? config_.workers : std::min(cores, 4U);
  for (unsigned i = 0; i < count; ++i) {
    auto slot = std::make_unique<server::WorkerSlot>();
    slot->net = std::make_unique<net::Worker>(*resolver_, *tls_);
    slot->context = std::make_unique<proxy::WorkerContext>(proxy::WorkerContext{
        *slot->net, *services_, services_->metrics.add_shard(), routes_, *settings});
    workers_.push_back(std::move(slot));
  }
  listener_ = std::make_unique<server::Listener>(workers_);
  if (const Status opened = listener_->open(config_.host, config_.port); !opened) return opened;
  if (const Status started = start_admin(); !started) return started;
  for (auto& slot : workers_) slot->net->start();
  listener_->start();
  release_startup_memory();  // the parsed catalog and the replay are gone
  return {};
}

Status Daemon::start_admin() {
  const auto routes = [this] {
    const std::lock_guard lock{apply_mutex_};
    return routes_;
  };
  const auto api_key = [this] {
    const std::lock_guard lock{apply_mutex_};
    return api_key_;
  };
  const auto connections = [this] {
    server::admin::ConnectionCounts counts;
    for (const auto& slot : workers_) {
      counts.clients += slot->net->live_sessions.load(std::memory_order_relaxed);
      counts.upstream_idle += static_cast<std::int64_t>(slot->net->pool().idle_count());
    }
    return counts;
  };
  const auto apply_settings = [this]() -> Status {
    if (auto locked = overlay_settings(config_, *store_); !locked) return locked.error();
    if (admin_) admin_->sessions.set_ttl(config_.session_ttl);
    return apply(config_);
  };
  admin_backend_.reset(
      new AdminBackend{{.store = *store_,
                        .apply = [this] { return apply(config_); },
                        .apply_settings = apply_settings,
                        .routes = routes,
                        .api_key = api_key,
                        .worker = [this]() -> net::Worker& { return *workers_.front()->net; },
                        .connections = connections,
                        .config = config_,
                        .locked = locked_settings_,
                        .mutex = apply_mutex_,
                        .key_is_fixed = fixed_api_key_ != nullptr,
                        .url = listener_->url(),
                        .started_at = clock_.now().wall}});
  server::admin::AdminOptions options;
  options.hosts = config_.allowed_hosts;
  options.hosts.push_back(config_.host);
  if (const auto* token = find_nonempty(environment_, "FREELLMAPI_ADMIN_TOKEN"))
    options.token = Secret{*token};
  if (const auto* password = find_nonempty(environment_, "FREELLMAPI_ADMIN_PASSWORD")) {
    options.first_password = Secret{*password};
  }
  options.session_ttl = config_.session_ttl;
  admin_ = std::make_unique<server::admin::Admin>(*services_, *admin_backend_, std::move(options));
  services_->admin = admin_.get();
  return admin_->start();
}

Result<std::shared_ptr<const Secret>> Daemon::unified_key() {
  if (fixed_api_key_) return fixed_api_key_;
  auto key = obtain_unified_key(*store_, clock_.now());
  if (key || key.error().code != "unreadable") return key;
  LOG_ERROR("{}; no client gets in until a new one is made: freellmapi api-key rotate",
            key.error().message);
  return std::make_shared<const Secret>(new_unified_key());  // one that nobody knows
}

Result<std::shared_ptr<const routing::RouteIndex>> Daemon::build_routes(const Config& config) {
  auto catalog = load_catalog(config.data_dir);
  if (!catalog) return catalog.error();
  auto configured = configured_catalog(std::move(*catalog), config);
  if (!configured) return configured.error();
  install_quirks(*configured);
  auto table = build_route_table(*store_, std::move(*configured), config);
  if (!table) return table.error();
  return router_->attach(std::move(*table), routing_options(config));
}

Result<std::shared_ptr<const proxy::Settings>> Daemon::build_settings(const Config& config) {
  auto key = unified_key();
  if (!key) return key.error();
  auto settings = std::make_shared<proxy::Settings>();
  settings->api_key = *key;
  api_key_ = *key;
  settings->require_api_key = config.require_api_key;
  settings->max_body_bytes = config.max_body_bytes;
  settings->cors_origins = config.cors_origins;
  for (const auto& text : config.trusted_proxies) {
    if (const auto network = wire::parse_network(text))
      settings->trusted_proxies.push_back(*network);
  }
  return std::shared_ptr<const proxy::Settings>{std::move(settings)};
}

void Daemon::announce() const {
  const std::string url = listener_->url();
  std::printf(
      "Database initialized at %s\nServer running on %s\nProxy endpoint: %s/v1/chat/completions\n"
      "Dashboard: %s/\n",
      store_->database().c_str(), url.c_str(), url.c_str(), url.c_str());
  std::fflush(stdout);
  announce_keyless();
}

void Daemon::announce_keyless() const {
  // A copy: the dashboard is open already and may put other routes in force meanwhile.
  std::unique_lock lock{apply_mutex_};
  const auto routes = routes_;
  lock.unlock();
  const auto& table = routing::table_of(*routes);
  std::string anonymous;
  for (const auto* platform : table.anonymous_platforms()) {
    anonymous += anonymous.empty() ? "" : ", ";
    anonymous += platform->name;
  }
  if (anonymous.empty()) return;
  LOG_INFO(
      "platforms used without a key: {}. They may log prompts or train on them; "
      "routing.keyless = false, in the configuration or in the dashboard, ends this",
      anonymous);
}

void Daemon::serve_until_stopped() {
  for (;;) {
    if (wait_for_signal() == SignalKind::stop) return;
    notify_service(environment_, ServiceState::reloading);
    reload();
    notify_service(environment_, ServiceState::ready);
  }
}

/// SIGHUP: a configuration with any problem is refused whole, and the running one stays.
void Daemon::reload() {
  const auto catalog = load_catalog(config_.data_dir);
  if (!catalog) return LOG_ERROR("reload refused: {}", catalog.error().message);
  auto loaded = load_config(flags_, environment_, platform_slugs(*catalog));
  for (const auto& problem : loaded.problems)
    LOG_ERROR("reload refused: {}: {}", problem.where, problem.what);
  if (!loaded.problems.empty()) return;
  if (loaded.config.host != config_.host || (loaded.config.port != config_.port) ||
      loaded.config.workers != config_.workers) {
    LOG_WARN("host, port and workers take effect at the next start only");
  }
  const std::lock_guard lock{apply_mutex_};
  auto locked = overlay_settings(loaded.config, *store_);
  if (!locked) return LOG_ERROR("reload refused: {}", locked.error().message);
  if (const Status applied = apply(loaded.config); !applied) {
    return LOG_ERROR("reload refused: {}", applied.error().message);
  }
  config_ = std::move(loaded.config);
  locked_settings_ = std::move(*locked);
  admin_->sessions.set_ttl(config_.session_ttl);
  admin_->account_changed();
  log::set_level(config_.log_level);
  LOG_INFO("configuration reloaded");
}

Status Daemon::apply(const Config& config) {
  const std::lock_guard lock{apply_mutex_};
  auto routes = build_routes(config);
  if (!routes) return routes.error();
  auto settings = build_settings(config);
  if (!settings) return settings.error();
  routes_ = *routes;
  for (auto& slot : workers_) {
    auto* context = slot->context.get();
    slot->net->post([context, new_routes = routes_, new_settings = *settings] {
      context->routes = new_routes;
      context->settings = new_settings;
    });
  }
  return {};
}

void Daemon::drain() {
  LOG_INFO("stopping: running requests may go on for up to {} ms", config_.drain_timeout.count());
  services_->draining = true;
  admin_->close();
  listener_->stop();
  auto empty = std::make_shared<std::atomic<std::size_t>>(0);
  for (auto& slot : workers_) {
    auto* sessions = &slot->sessions;
    slot->net->post([sessions, empty] { sessions->drain([empty] { empty->fetch_add(1); }); });
  }
  const auto is_empty = [&] { return empty->load() == workers_.size(); };
  if (!wait_until(is_empty, config_.drain_timeout)) {
    LOG_WARN("drain timeout passed; closing the remaining requests");
    for (auto& slot : workers_) {
      auto* sessions = &slot->sessions;
      slot->net->post([sessions] { sessions->close_all(); });
    }
    (void)wait_until(is_empty, Millis{2'000});
  }
  resolver_->stop();
  for (auto& slot : workers_) slot->net->stop();
  store_->reader().stop();  // its answers go to the workers, which die first
  if (const Status flushed = store_->writer().flush(); !flushed) {
    LOG_ERROR("the last log rows were lost: {}", flushed.error().message);
  }
  LOG_INFO("stopped");
}

}  // namespace

int serve(const Flags& flags, Environment environment) {
  take_signals();
  int code = kExitFailure;
  {
    Daemon daemon{flags, std::move(environment)};
    code = daemon.run();
  }
  log::shutdown();
  return code;
}

}  // namespace freellm::app
