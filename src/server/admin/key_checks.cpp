#include "key_checks.hpp"

#include <algorithm>

#include "freellm/base/log.hpp"
#include "freellm/base/random.hpp"
#include "freellm/proxy/key_hosts.hpp"
#include "freellm/proxy/key_probe.hpp"
#include "freellm/store/keys.hpp"
#include "json.hpp"
#include "resources.hpp"

namespace freellm::server::admin {
namespace {

/// What a check needs, so that it depends on no snapshot.
struct Check {
  catalog::Platform platform;
  catalog::Model model;
  Secret secret;
  wire::Egress egress;
  proxy::ProbeCost cost;
};

net::Task<void> run_check(net::Worker& worker, std::shared_ptr<Check> check,
                          std::function<void(proxy::ProbedKey)> done) {
  const std::string_view secret = check->secret.reveal();
  proxy::ProbedKey result = co_await proxy::probe_key(worker, check->platform, check->model, secret,
                                                      check->egress, check->cost);
  done(std::move(result));
}

/// A model to ask with, should the platform's check need one.
catalog::Model model_of(const catalog::RouteTable& table, PlatformId platform) {
  catalog::Model found;
  for (const auto& model : table.models()) {
    if (model.platform != platform) continue;
    found = model;
    if (model.enabled) break;
  }
  return found;
}

}  // namespace

KeyChecks::KeyChecks(Admin& admin) : admin_(admin), seed_(make_system_random().next_u64()) {}

void KeyChecks::ask(KeyId key, CheckKind kind) {
  if (!checking_.insert(key).second) {
    // What a person asks for is answered as such, should it still wait.
    for (auto& waiting : waiting_) {
      if (waiting.key == key && kind == CheckKind::asked) waiting.kind = kind;
    }
    return;
  }
  waiting_.push_back({key, kind});
  begin_next();
}

Millis KeyChecks::tick(Now now) {
  const auto interval = admin_.daemon.settings().values.check_interval;
  auto known = subjects();
  if (!known) {
    LOG_WARN("keys are not checked now: {}", known.error().message);
    return Millis{60'000};
  }
  const auto plan = plan_checks(*known, asked_, interval, seed_, now.wall);
  if (plan.due) ask(*plan.due, CheckKind::periodic);
  return plan.look_again;
}

/// Keys that can be checked without taking quota and are not being checked.
Result<std::vector<CheckSubject>> KeyChecks::subjects() {
  const auto keys = store::list_keys(admin_.db(), admin_.services.store.vault());
  if (!keys) return keys.error();
  const auto index = admin_.daemon.routes();
  const auto& table = routing::table_of(*index);
  std::map<PlatformId, bool> is_free;
  std::vector<CheckSubject> found;
  for (const auto& stored : *keys) {
    const auto& key = stored.key;
    const auto* platform = table.platform(key.platform);
    if (platform == nullptr || !platform->enabled || !key.enabled || checking_.contains(key.id) ||
        key.state == catalog::KeyState::undecryptable)
      continue;
    const auto known = is_free.find(platform->id);
    const bool free =
        known != is_free.end()
            ? known->second
            : is_free.emplace(platform->id, proxy::has_free_probe(*platform)).first->second;
    if (!free) continue;
    found.push_back({.key = key.id,
                     .platform = key.platform,
                     .since = stored.checked_at.value_or(stored.created_at),
                     .refusals = stored.refusals});
  }
  return found;
}

void KeyChecks::begin_next() {
  while (!runs_ && !waiting_.empty()) {
    const Waiting next = waiting_.front();
    waiting_.pop_front();
    if (!begin(next)) checking_.erase(next.key);
  }
}

bool KeyChecks::begin(const Waiting& next) {
  const auto index = admin_.daemon.routes();
  const auto& table = routing::table_of(*index);
  const auto* key = table.key(next.key);
  const auto* platform = key == nullptr ? nullptr : table.platform(key->platform);
  if (platform == nullptr) return false;
  auto secret = admin_.services.store.vault().open(*key, platform->slug);
  if (!secret) return false;
  const auto cost =
      next.kind == CheckKind::periodic ? proxy::ProbeCost::free_only : proxy::ProbeCost::any;
  auto check =
      std::make_shared<Check>(Check{*platform, model_of(table, platform->id), std::move(*secret),
                                    catalog::egress_of(*platform, *key), cost});
  asked_[platform->id] = admin_.services.clock.now().wall;
  runs_ = true;
  auto& worker = admin_.daemon.probe_worker();
  worker.post([this, next, check, &worker] {
    std::function<void(proxy::ProbedKey)> done = [this, next](proxy::ProbedKey result) {
      admin_.enqueue([this, next, result] { finish(next, result); });
    };
    net::spawn(run_check(worker, check, std::move(done)));
  });
  return true;
}

void KeyChecks::finish(Waiting done, const proxy::ProbedKey& check) {
  runs_ = false;
  checking_.erase(done.key);
  const auto keys = store::list_keys(admin_.db(), admin_.services.store.vault());
  const auto stored = keys ? std::find_if(keys->begin(), keys->end(),
                                          [&](const auto& row) { return row.key.id == done.key; })
                           : std::vector<store::StoredKey>::const_iterator{};
  if (keys && stored != keys->end()) {
    const KeyStanding before{stored->key.state, stored->state_reason, stored->refusals};
    const auto after = after_check(before, check, done.kind);
    const Now now = admin_.services.clock.now();
    if (check.base_url) admin_.services.key_hosts.remember(done.key, *check.base_url);
    const Status kept = admin_.change([&](store::Db& db) -> Status {
      if (check.base_url) {
        const auto url = proxy::url_text(*check.base_url);
        if (auto status = store::set_key_url(db, done.key, url); !status) return status;
      }
      return store::set_key_state(db, done.key, after.state, after.reason, now.wall,
                                  after.refusals);
    });
    if (!kept) {
      LOG_WARN("the verdict on a key was lost key_id={} why=\"{}\"", done.key.value,
               kept.error().message);
    } else if (after.state != before.state) {
      LOG_INFO("key_id={} platform={} is {} now", done.key.value, stored->platform_slug,
               name_of(after.state));
      (void)admin_.routes_changed();
    }
    publish_key(admin_, done.key, "changed");
  }
  begin_next();
  admin_.look_at_checks();
}

}  // namespace freellm::server::admin
