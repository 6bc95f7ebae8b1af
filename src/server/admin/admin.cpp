#include "freellm/server/admin/admin.hpp"

#include <pthread.h>

#include "freellm/base/log.hpp"
#include "freellm/base/random.hpp"
#include "freellm/proxy/key_probe.hpp"
#include "freellm/store/accounts.hpp"
#include "freellm/store/keys.hpp"
#include "live_events.hpp"
#include "password.hpp"
#include "resources.hpp"

namespace freellm::server::admin {
namespace {

constexpr std::size_t kMaxJobs = 256;

/// What a check needs, so that it depends on no snapshot.
struct Check {
  catalog::Platform platform;
  catalog::Model model;
  Secret secret;
  wire::Egress egress;
  proxy::ProbeCost cost;
};

net::Task<void> run_check(net::Worker& worker, std::shared_ptr<Check> check,
                          std::function<void(provider::KeyCheck)> done) {
  const std::string_view secret = check->secret.reveal();
  provider::KeyCheck result = co_await proxy::probe_key(worker, check->platform, check->model,
                                                        secret, check->egress, check->cost);
  done(std::move(result));
}

/// "K7QM-2XRD": read from a log and typed, so without letters that look alike.
std::string make_setup_code() {
  constexpr std::string_view kLetters = "23456789ABCDEFGHJKMNPQRSTUVWXYZ";
  std::array<std::byte, 12> bytes{};
  fill_random(bytes);
  std::string code;
  for (const auto byte : bytes) {
    if (code.size() == 4 || code.size() == 9) code += '-';
    code += kLetters[std::to_integer<std::size_t>(byte) % kLetters.size()];
  }
  return code;
}

}  // namespace

Admin::Admin(proxy::Services& proxy_services, AdminServices& daemon_services, AdminOptions options)
    : services(proxy_services),
      daemon(daemon_services),
      sessions(options.session_ttl),
      options_(std::move(options)),
      live_(std::make_unique<LiveEvents>(*this)) {
  services.live.set_sink([this](proxy::News news) { live_->add(std::move(news)); });
  events.set_watcher([&live = services.live](bool is_watched) {
    if (is_watched) {
      live.add_watcher();
    } else {
      live.remove_watcher();
    }
  });
}

Admin::~Admin() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
    jobs_.clear();
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Status Admin::start() {
  auto db = services.store.connect_read_only();
  if (!db) return db.error();
  db_.emplace(std::move(*db));
  auto hash = store::password_hash(*db_);
  if (!hash) return hash.error();
  password_hash_ = std::move(*hash);
  const Now now = services.clock.now();
  auto known = services.store.writer()
                   .change<std::vector<store::AdminSession>>([&](store::Db& writable) {
                     return store::load_sessions(writable, now.wall);
                   })
                   .get();
  if (!known) return known.error();
  for (auto& session : *known) sessions.add(std::move(session));
  if (!password_hash_ && !options_.first_password.empty()) {
    if (const Status set = set_password(options_.first_password.reveal(), now); !set) return set;
    LOG_INFO("the dashboard's password was set from the environment");
  }
  if (!password_hash_) {
    setup_code_ = make_setup_code();
    LOG_INFO(
        "the dashboard has no password yet; setting it from another machine needs this code: {}",
        setup_code_);
  }
  version = daemon.about().version;
  thread_ = std::thread{[this] { run(); }};
  ::pthread_setname_np(thread_.native_handle(), "admin");
  return {};
}

bool Admin::post(std::function<void()> job) {
  {
    const std::lock_guard lock{mutex_};
    if (stopping_ || jobs_.size() >= kMaxJobs) return false;
    jobs_.push_back(std::move(job));
  }
  wake_.notify_one();
  return true;
}

void Admin::enqueue(std::function<void()> job) {
  {
    const std::lock_guard lock{mutex_};
    if (stopping_) return;
    jobs_.push_back(std::move(job));
  }
  wake_.notify_one();
}

void Admin::run() {
  for (;;) {
    std::function<void()> job;
    {
      std::unique_lock lock{mutex_};
      wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
      if (stopping_) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    job();
  }
}

bool Admin::is_admin_token(std::string_view presented) const {
  return !options_.token.empty() && constant_time_equal(presented, options_.token.reveal());
}

Status Admin::change(std::function<Status(store::Db&)> work) {
  auto done = services.store.writer()
                  .change<bool>([work = std::move(work)](store::Db& db) -> Result<bool> {
                    if (const Status status = work(db); !status) return status.error();
                    return true;
                  })
                  .get();
  if (done) return {};
  if (done.error().kind != ErrorKind::storage) return done.error();
  return refusal(503, "storage_unavailable",
                 "The database cannot be written: " + done.error().message);
}

Status Admin::set_password(std::string_view password, Now now) {
  auto hash = hash_password(password);
  if (!hash) return hash.error();
  const Status stored =
      change([&](store::Db& db) { return store::put_password_hash(db, *hash, now.wall); });
  if (!stored) return stored;
  password_hash_ = std::move(*hash);
  setup_code_.clear();
  return {};
}

Status Admin::routes_changed() { return daemon.rebuild(); }

void Admin::check_key(KeyId key) {
  if (!checking_.insert(key).second) return;
  waiting_checks_.push_back(key);
  begin_next_check();
}

void Admin::begin_next_check() {
  while (!check_runs_ && !waiting_checks_.empty()) {
    const KeyId id = waiting_checks_.front();
    waiting_checks_.pop_front();
    const auto index = daemon.routes();
    const auto& table = routing::table_of(*index);
    const auto* key = table.key(id);
    const auto* platform = key == nullptr ? nullptr : table.platform(key->platform);
    auto secret = platform == nullptr ? Result<Secret>{Error{}}
                                      : services.store.vault().open(*key, platform->slug);
    if (!secret) {
      checking_.erase(id);
      continue;
    }
    auto check = std::make_shared<Check>(Check{*platform,
                                               {},
                                               std::move(*secret),
                                               catalog::egress_of(*platform, *key),
                                               proxy::ProbeCost::any});
    for (const auto& model : table.models()) {
      if (model.platform != platform->id) continue;
      check->model = model;
      if (model.enabled) break;
    }
    check_runs_ = true;
    auto& worker = daemon.probe_worker();
    worker.post([this, id, check, &worker] {
      std::function<void(provider::KeyCheck)> done = [this, id](provider::KeyCheck result) {
        enqueue([this, id, result] { finish_check(id, result); });
      };
      net::spawn(run_check(worker, check, std::move(done)));
    });
  }
}

/// What could not be found out leaves an earlier verdict as it is, and no check ever disables a
/// key.
void Admin::finish_check(KeyId id, const provider::KeyCheck& check) {
  check_runs_ = false;
  checking_.erase(id);
  const auto index = daemon.routes();
  if (const auto* key = routing::table_of(*index).key(id)) {
    const bool is_open = check.verdict == provider::KeyVerdict::inconclusive;
    const auto state = check.verdict == provider::KeyVerdict::valid     ? catalog::KeyState::valid
                       : check.verdict == provider::KeyVerdict::invalid ? catalog::KeyState::invalid
                       : key->state == catalog::KeyState::unknown ? catalog::KeyState::unverifiable
                                                                  : key->state;
    const Now now = services.clock.now();
    const Status stored = change(
        [&](store::Db& db) { return store::set_key_state(db, id, state, check.reason, now.wall); });
    if (!stored)
      LOG_WARN("the verdict on a key was lost key_id={} why=\"{}\"", id.value,
               stored.error().message);
    if (stored && !is_open && state != key->state) (void)routes_changed();
    publish_key(*this, id, "changed");
  }
  begin_next_check();
}

}  // namespace freellm::server::admin
