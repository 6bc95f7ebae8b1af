#include "freellm/store/backup.hpp"

#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "freellm/base/log.hpp"
#include "workspace.hpp"

namespace freellm::app {
namespace {

nlohmann::json json_of(const std::string& file, const store::Copy& copy) {
  return {{"file", file},
          {"bytes", copy.bytes},
          {"schema_version", copy.schema_version},
          {"holds_master_key", false},
          {"master_key_id", copy.master_key_id}};
}

}  // namespace

int backup_to(const Invocation& invocation, const std::string& file, Overwrite overwrite) {
  log::initialize({.level = "warn", .asynchronous = false});
  auto setup = load_setup(invocation);
  if (!setup) return fail(invocation, setup.error());
  const auto& data_dir = setup->config.data_dir;
  // While nobody runs, nobody shall begin: the file is then read without a trace.
  const auto lock = store::DataDirLock::share(data_dir);
  if (!lock) return fail(invocation, lock.error());
  const auto copy = store::backup_data_dir(
      data_dir, file,
      overwrite == Overwrite::yes ? store::Existing::replace : store::Existing::keep);
  if (!copy) return fail(invocation, copy.error());
  const std::string where =
      find_nonempty(invocation.environment, "FREELLMAPI_MASTER_KEY") != nullptr
          ? "FREELLMAPI_MASTER_KEY"
          : data_dir + "/master.key";
  return answer(invocation,
                "Backup written to " + file + " (" + std::to_string(copy->bytes) +
                    " bytes).\nIt does not hold the master key (" + copy->master_key_id +
                    "): keep " + where +
                    " too, in another place. Without it nobody can decrypt the stored keys.",
                json_of(file, *copy));
}

int restore_from(const Invocation& invocation, const std::string& file) {
  log::initialize({.level = "warn", .asynchronous = false});
  auto setup = load_setup(invocation);
  if (!setup) return fail(invocation, setup.error());
  const auto& data_dir = setup->config.data_dir;
  const auto lock = store::DataDirLock::acquire(data_dir);
  if (!lock) return fail(invocation, lock.error());
  store::RestoreOptions options{.data_dir = data_dir};
  options.master_key_hex = master_key_of(invocation.environment);
  const auto copy = store::restore(file, options);
  if (!copy) return fail(invocation, copy.error());
  return answer(invocation,
                data_dir + "/freellmapi.db is the one of " + file +
                    " now. Dashboard sessions of then are ended.",
                json_of(file, *copy));
}

}  // namespace freellm::app
