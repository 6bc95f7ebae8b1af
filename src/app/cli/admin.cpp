#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "freellm/server/admin/password.hpp"
#include "freellm/store/accounts.hpp"
#include "terminal.hpp"
#include "workspace.hpp"

namespace freellm::app {

int admin_reset_password(const Invocation& invocation) {
  auto work = open_workspace(invocation);
  if (!work) return fail(invocation, work.error());
  const auto password = read_new_secret("New dashboard password (not shown): ");
  if (!password) return fail(invocation, password.error());
  if (password->size() < server::admin::kMinPassword ||
      password->size() > server::admin::kMaxPassword) {
    return fail(invocation,
                {.kind = ErrorKind::configuration,
                 .message = "a password has " + std::to_string(server::admin::kMinPassword) +
                            " to " + std::to_string(server::admin::kMaxPassword) + " bytes"});
  }
  const auto hash = server::admin::hash_password(password->reveal());
  if (!hash) return fail(invocation, hash.error());
  const auto now = RealClock{}.now();
  const Status stored = change(*work->store, [&](store::Db& db) -> Status {
    if (const Status put = store::put_password_hash(db, *hash, now.wall); !put) return put;
    return store::remove_sessions(db, 0);
  });
  if (!stored) return fail(invocation, stored.error());
  const auto notice = announce_change(*work);
  return answer(invocation,
                "The dashboard's password is set; every session of it has ended." + notice,
                {{"password_set", true}, {"sessions_ended", true}});
}

}  // namespace freellm::app
