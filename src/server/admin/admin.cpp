#include "freellm/server/admin/admin.hpp"

#include <pthread.h>

#include "freellm/base/log.hpp"
#include "freellm/base/random.hpp"
#include "freellm/server/admin/password.hpp"
#include "freellm/store/accounts.hpp"
#include "freellm/store/patient_change.hpp"
#include "housekeeping.hpp"
#include "job_thread.hpp"
#include "key_checks.hpp"
#include "live_events.hpp"
#include "resources.hpp"

namespace freellm::server::admin {
namespace {

constexpr std::size_t kMaxJobs = 256;
constexpr std::size_t kMaxJobsFromMemory = 64;
constexpr std::chrono::seconds kChangePatience{5};

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
      live_(std::make_unique<LiveEvents>(*this)),
      housekeeping_(std::make_unique<Housekeeping>(*this)) {
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
  const auto about = daemon.about();
  version = about.version;
  compiler = about.compiler;
  checks_ = std::make_unique<KeyChecks>(*this);
  next_tick_ = now.steady;
  from_memory_ = std::make_unique<JobThread>("metrics", kMaxJobsFromMemory);
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

bool Admin::post_from_memory(std::function<void()> job) {
  return from_memory_->post(std::move(job));
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
      const SteadyTime due = std::min(housekeeping_->due(), next_tick_);
      wake_.wait_until(lock, due, [this] { return stopping_ || !jobs_.empty(); });
      if (stopping_) return;
      if (!jobs_.empty()) {
        job = std::move(jobs_.front());
        jobs_.pop_front();
      }
    }
    if (job) job();
    const Now now = services.clock.now();
    if (now.steady >= housekeeping_->due()) housekeeping_->run(now);
    if (now.steady >= next_tick_) next_tick_ = now.steady + checks_->tick(now);
  }
}

bool Admin::is_admin_token(std::string_view presented) const {
  return !options_.token.empty() && constant_time_equal(presented, options_.token.reveal());
}

namespace {

Error not_writable(const std::string& why) {
  return refusal(503, "storage_unavailable", "The database cannot be written: " + why);
}

}  // namespace

Status Admin::change(std::function<Status(store::Db&)> work) {
  const Status done =
      store::change_within(services.store.writer(), kChangePatience, std::move(work));
  if (done || done.error().kind != ErrorKind::storage) return done;
  return not_writable(done.error().message);
}

Status Admin::catch_up() {
  auto& writer = services.store.writer();
  // Others have waited in vain already.
  const bool is_hopeless = writer.stats().is_stalled;
  const Status flushed = is_hopeless ? Status{Error{}} : writer.flush_within(kChangePatience);
  if (flushed || (!is_hopeless && flushed.error().code != "busy")) return flushed;
  return refusal(503, "storage_unavailable",
                 "The disk of the database does not answer; try again in a moment.");
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

void Admin::account_changed() {
  enqueue([this] {
    const Now now = services.clock.now();
    auto hash = store::password_hash(*db_);
    auto ids = store::session_ids(*db_);
    if (!hash || !ids) {
      return LOG_ERROR("the dashboard's account could not be read again: {}",
                       hash ? ids.error().message : hash.error().message);
    }
    password_hash_ = std::move(*hash);
    if (password_hash_) setup_code_.clear();
    for (const auto& session : sessions.list(now.wall)) {
      if (!ids->contains(session.id)) sessions.remove(session.id);
    }
    events.wake();
  });
}

Status Admin::routes_changed() { return daemon.rebuild(); }

void Admin::check_key(KeyId key) { checks_->ask(key, CheckKind::asked); }
bool Admin::is_checking(KeyId key) const { return checks_->is_checking(key); }

}  // namespace freellm::server::admin
