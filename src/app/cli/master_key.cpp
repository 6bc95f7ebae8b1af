#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "freellm/base/log.hpp"
#include "freellm/store/rekey.hpp"
#include "terminal.hpp"
#include "workspace.hpp"

namespace freellm::app {
namespace {

constexpr const char* kFromEnvironment =
    "FREELLMAPI_MASTER_KEY holds the present key, so this command cannot put a new one in its "
    "place. Make one, keep it where that variable is set, and give it here too:\n"
    "  openssl rand -hex 32 > new.key\n"
    "  freellmapi master-key rotate --stdin < new.key";

std::string words(const store::Rotation& done, bool has_file, const std::string& data_dir) {
  std::string text = std::to_string(done.secrets) +
                     (done.secrets == 1 ? " secret is" : " secrets are") +
                     " sealed with master key " + done.new_key_id + " now.\n";
  text += has_file ? "It is in " + data_dir + "/master.key."
                   : "Set FREELLMAPI_MASTER_KEY to it before the next start: the old one opens "
                     "nothing any more.";
  return text + "\nBackups made before need the old key (" + done.old_key_id +
         "); make a new backup now.";
}

}  // namespace

int master_key_rotate(const Invocation& invocation, NewKey source) {
  log::initialize({.level = "warn", .asynchronous = false});
  auto setup = load_setup(invocation);
  if (!setup) return fail(invocation, setup.error());
  const auto& data_dir = setup->config.data_dir;
  store::RotationOptions options{.data_dir = data_dir};
  options.current_hex = master_key_of(invocation.environment);
  const bool has_file = !options.current_hex;
  if (!has_file && source == NewKey::random) {
    return fail(invocation, {.kind = ErrorKind::configuration, .message = kFromEnvironment});
  }
  if (source == NewKey::from_stdin) {
    auto hex = read_new_secret("New master key, 64 hex digits (not shown): ");
    if (!hex) return fail(invocation, hex.error());
    options.next_hex = std::move(*hex);
  }
  const auto lock = store::DataDirLock::acquire(data_dir);
  if (!lock) return fail(invocation, lock.error());
  const auto done = store::rotate_master_key(options);
  if (!done) return fail(invocation, done.error());
  return answer(invocation, words(*done, has_file, data_dir),
                {{"secrets", done->secrets},
                 {"old_master_key_id", done->old_key_id},
                 {"master_key_id", done->new_key_id},
                 {"stored_in", has_file ? data_dir + "/master.key" : ""}});
}

}  // namespace freellm::app
