// From the configuration to the line that says where the daemon listens.
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <thread>

#include "cli/running_daemon.hpp"
#include "daemon_process.hpp"
#include "freellm/app/routes.hpp"
#include "freellm/base/log.hpp"
#include "freellm/catalog/loader.hpp"
#include "freellm/provider/quirks.hpp"
#include "freellm/store/rekey.hpp"
#include "memory.hpp"
#include "secret_environment.hpp"

namespace freellm::app {
namespace {

void print_problems(const std::vector<ConfigProblem>& problems) {
  for (const auto& problem : problems) {
    std::fprintf(stderr, "freellmapi: %s: %s\n", problem.where.c_str(), problem.what.c_str());
  }
}

/// Ten thousand streams need twenty thousand descriptors; the soft limit is usually 1024.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

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
  (void)
      provider::common_quirks();  // reads the table now, not on an I/O thread at the first request
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

}  // namespace freellm::app
