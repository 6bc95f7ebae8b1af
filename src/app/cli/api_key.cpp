#include "app/unified_key.hpp"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "freellm/base/random.hpp"
#include "freellm/store/settings.hpp"
#include "workspace.hpp"

namespace freellm::app {
namespace {

constexpr const char* kVariable = "FREELLMAPI_API_KEY";

int show(const Invocation& invocation, std::string_view key, const char* source) {
  return answer(invocation, std::string{key}, {{"api_key", key}, {"source", source}});
}

}  // namespace

int api_key_show(const Invocation& invocation) {
  if (const auto* fixed = find_nonempty(invocation.environment, kVariable))
    return show(invocation, *fixed, "environment");
  auto work = open_workspace(invocation);
  if (!work) return fail(invocation, work.error());
  const auto key = obtain_unified_key(*work->store, RealClock{}.now());
  if (!key) {
    auto error = key.error();
    error.message += "; make a new one with: freellmapi api-key rotate";
    return fail(invocation, error);
  }
  return show(invocation, (*key)->reveal(), "stored");
}

int api_key_rotate(const Invocation& invocation) {
  if (find_nonempty(invocation.environment, kVariable) != nullptr) {
    return fail(invocation,
                {.kind = ErrorKind::configuration,
                 .message = "FREELLMAPI_API_KEY fixes the key; change that variable instead"});
  }
  auto work = open_workspace(invocation);
  if (!work) return fail(invocation, work.error());
  const Secret fresh = new_unified_key();
  const auto now = RealClock{}.now();
  const Status stored = change(*work->store, [&](store::Db& db) {
    return store::put_secret(db, work->store->vault(), store::kUnifiedApiKey, fresh.reveal(),
                             now.wall);
  });
  if (!stored) return fail(invocation, stored.error());
  // Standard output is the key alone, for KEY=$(freellmapi api-key rotate).
  if (const auto notice = announce_change(*work); !notice.empty())
    std::fprintf(stderr, "%s\n", notice.c_str() + 1);
  return show(invocation, fresh.reveal(), "stored");
}

}  // namespace freellm::app
