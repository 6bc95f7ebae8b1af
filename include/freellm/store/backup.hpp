#pragma once
// A copy of the database while it is in use, and the way back.
//
// A copy holds everything but the master key: without that its secrets are as good as gone.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "freellm/base/result.hpp"
#include "freellm/base/secret.hpp"
#include "freellm/store/sqlite.hpp"

namespace freellm::store {

enum class Existing : std::uint8_t { keep, replace };

struct Copy {
  std::uintmax_t bytes = 0;
  int schema_version = 0;
  std::string master_key_id;  ///< hex, of the key that its secrets are sealed with; "" = none
};

/// Writes a consistent copy of the database to `file`, readable by its owner alone; readers and the
/// writer go on. The name appears when the copy is whole and on the disk; cut off earlier, a file
/// named *.partial is left. Refuses an existing `file` unless it may be replaced.
[[nodiscard]] Result<Copy> backup(Db& db, const std::filesystem::path& file,
                                  Existing existing = Existing::keep);

/// The same for a data directory's database, beside a running daemon or not. Needs no master key.
[[nodiscard]] Result<Copy> backup_data_dir(const std::filesystem::path& data_dir,
                                           const std::filesystem::path& file, Existing existing);

struct RestoreOptions {
  std::filesystem::path data_dir;
  std::optional<Secret> master_key_hex;  ///< FREELLMAPI_MASTER_KEY; else <data_dir>/master.key
};
/// Puts the copy in `file` in the database's place, in one step, after all of it was checked: that
/// it is one of ours, not newer than this program, undamaged, and sealed with the master key that
/// is there. Dashboard sessions of then are ended. Fails with everything as it was. The caller
/// holds the directory alone.
[[nodiscard]] Result<Copy> restore(const std::filesystem::path& file,
                                   const RestoreOptions& options);

}  // namespace freellm::store
