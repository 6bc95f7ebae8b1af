#include <nlohmann/json.hpp>

#include "app/config_keys.hpp"
#include "commands.hpp"
#include "freellm/app/daemon.hpp"
#include "freellm/proxy/key_hosts.hpp"
#include "freellm/store/keys.hpp"
#include "key_form.hpp"
#include "key_test.hpp"
#include "terminal.hpp"
#include "workspace.hpp"

namespace freellm::app {
namespace {

using Json = nlohmann::json;
using catalog::KeyState;

struct StateNames {
  const char* words;
  const char* name;
};

StateNames names_of(KeyState state) {
  switch (state) {
    case KeyState::valid:
      return {"valid", "valid"};
    case KeyState::invalid:
      return {"invalid", "invalid"};
    case KeyState::unverifiable:
      return {"cannot tell", "unverifiable"};
    case KeyState::undecryptable:
      return {"cannot be decrypted", "undecryptable"};
    case KeyState::unknown:
      break;
  }
  return {"not checked", "unknown"};
}

Error no_such_key(std::int64_t id) {
  return Error{.kind = ErrorKind::bad_request,
               .message = "there is no key " + std::to_string(id) + "; see: freellmapi keys list",
               .code = "not_found"};
}

Error unknown_platform(const catalog::Catalog& catalog, const std::string& slug) {
  std::string known;
  std::vector<std::string_view> slugs;
  for (const auto& item : catalog.platforms) {
    known += " " + item.slug;
    slugs.emplace_back(item.slug);
  }
  const auto hint = nearest(slug, slugs);
  return Error{.kind = ErrorKind::configuration,
               .message = "unknown platform \"" + slug + "\"" +
                          (hint.empty() ? "" : "; did you mean \"" + hint + "\"?") +
                          " There are:" + known};
}

Result<std::vector<store::StoredKey>> stored_keys(const Workspace& work) {
  auto db = work.store->connect_read_only();
  if (!db) return db.error();
  return store::list_keys(*db, work.store->vault());
}

Json json_of(const store::StoredKey& stored) {
  return {{"id", stored.key.id.value},          {"platform", stored.platform_slug},
          {"masked", stored.key.masked},        {"label", stored.key.label},
          {"enabled", stored.key.enabled},      {"state", names_of(stored.key.state).name},
          {"state_reason", stored.state_reason}};
}

/// Columns by characters, not bytes: a masked key holds an ellipsis.
std::string padded(const std::string& text, std::size_t width) {
  std::size_t shown = 0;
  for (const char c : text) shown += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1U : 0U;
  return text + std::string(shown < width ? width - shown + 1 : 1, ' ');
}

std::string row(const std::string& id, const std::string& platform, const std::string& key,
                const std::string& enabled, const std::string& state, const std::string& label) {
  std::string line = padded(id, 4) + padded(platform, 13) + padded(key, 13) + padded(enabled, 8) +
                     padded(state, 19) + label;
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

KeyState state_after(const proxy::ProbedKey& check) {
  if (check.verdict == provider::KeyVerdict::valid) return KeyState::valid;
  if (check.verdict == provider::KeyVerdict::invalid) return KeyState::invalid;
  return check.reached ? KeyState::unverifiable : KeyState::unknown;
}

/// What follows the state's words: why nothing could be told.
std::string why(KeyState state, const std::string& reason) {
  const bool is_told = state == KeyState::unverifiable || state == KeyState::unknown;
  return is_told && !reason.empty() ? " (" + reason + ")" : std::string{};
}

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

}  // namespace

int keys_add(const Invocation& invocation, const std::string& name, const std::string& label) {
  const auto slug = lower(name);
  auto work = open_workspace(invocation);
  if (!work) return fail(invocation, work.error());
  const auto* platform = catalog::find_platform(work->catalog, slug);
  if (platform == nullptr) return fail(invocation, unknown_platform(work->catalog, slug));
  const auto secret = read_secret(("Key for " + platform->name + " (not shown): ").c_str());
  if (!secret) return fail(invocation, secret.error());
  const auto now = RealClock{}.now();
  KeyId id;
  const Status added = change(*work->store, [&](store::Db& db) -> Status {
    auto stored = store::add_key(db, work->store->vault(), platform->id, secret->reveal(), label,
                                 now.wall, "cli");
    if (!stored) return stored.error();
    id = *stored;
    return {};
  });
  if (!added) return fail(invocation, added.error());
  const auto notice = announce_change(*work);
  const auto number = std::to_string(id.value);
  if (!has_form(platform->key_format, secret->reveal())) {
    std::fprintf(stderr, "freellmapi: this does not look like a key of %s (%s)\n",
                 platform->name.c_str(), platform->key_format.c_str());
  }
  return answer(invocation,
                "Key " + number + " for " + platform->name + " is stored." + notice +
                    "\nWhether it is good tells: freellmapi keys test " + number,
                {{"id", id.value}, {"platform", slug}, {"label", label}});
}

int keys_list(const Invocation& invocation) {
  auto work = open_workspace(invocation, Missing::refuse);
  if (!work && work.error().code == "no_database") {
    return answer(invocation, "No provider keys are stored: " + work.error().message + ".",
                  {{"keys", Json::array()}});
  }
  if (!work) return fail(invocation, work.error());
  const auto keys = stored_keys(*work);
  if (!keys) return fail(invocation, keys.error());
  std::string text = row("ID", "PLATFORM", "KEY", "ENABLED", "STATE", "LABEL");
  Json json = Json::array();
  for (const auto& stored : *keys) {
    text += "\n" + row(std::to_string(stored.key.id.value), stored.platform_slug, stored.key.masked,
                       stored.key.enabled ? "yes" : "no", names_of(stored.key.state).words,
                       stored.key.label + why(stored.key.state, stored.state_reason));
    json.push_back(json_of(stored));
  }
  if (keys->empty())
    text = "No provider keys are stored in " + work->config.data_dir +
           ". Add one with: freellmapi keys add PLATFORM";
  return answer(invocation, text, {{"keys", std::move(json)}});
}

int keys_remove(const Invocation& invocation, std::int64_t id) {
  auto work = open_workspace(invocation, Missing::refuse);
  if (!work) return fail(invocation, work.error());
  const Status removed =
      change(*work->store, [&](store::Db& db) { return store::remove_key(db, KeyId{id}); });
  if (!removed)
    return fail(invocation,
                removed.error().code == "not_found" ? no_such_key(id) : removed.error());
  const auto notice = announce_change(*work);
  return answer(invocation, "Key " + std::to_string(id) + " is removed." + notice,
                {{"id", id}, {"removed", true}});
}

int keys_test(const Invocation& invocation, std::int64_t id) {
  auto work = open_workspace(invocation, Missing::refuse);
  if (!work) return fail(invocation, work.error());
  const auto keys = stored_keys(*work);
  if (!keys) return fail(invocation, keys.error());
  const auto stored = std::find_if(keys->begin(), keys->end(),
                                   [&](const auto& item) { return item.key.id.value == id; });
  if (stored == keys->end()) return fail(invocation, no_such_key(id));
  work->lock.reset();  // the platform may take its time, and a daemon may want to start
  const auto check = test_key(*work->store, work->catalog, *stored, work->config);
  if (!check) return fail(invocation, check.error());
  const auto state = state_after(*check);
  const auto reason = (check->reached ? "" : "cannot be reached: ") + check->reason;
  const bool is_news = check->verdict != provider::KeyVerdict::inconclusive ||
                       stored->key.state == KeyState::unknown;
  if (is_news) {
    const auto now = RealClock{}.now();
    const Status set = change(*work->store, [&](store::Db& db) -> Status {
      if (check->base_url) {
        const auto url = proxy::url_text(*check->base_url);
        if (auto status = store::set_key_url(db, KeyId{id}, url); !status) return status;
      }
      return store::set_key_state(db, KeyId{id}, state, reason, now.wall);
    });
    if (!set) return fail(invocation, set.error());
  }
  const auto names = names_of(state);
  const std::string verdict = check->reached ? names.words + std::string{". "} : std::string{};
  answer(
      invocation,
      "Key " + std::to_string(id) + " (" + stored->platform_slug + "): " + verdict + reason,
      {{"id", id}, {"platform", stored->platform_slug}, {"state", names.name}, {"reason", reason}});
  return check->verdict == provider::KeyVerdict::invalid ? kExitFailure : kExitOk;
}

}  // namespace freellm::app
