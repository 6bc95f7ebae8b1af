#include "freellm/store/backup.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <cerrno>

#include "file_descriptor.hpp"
#include "freellm/base/random.hpp"
#include "freellm/store/migrations.hpp"
#include "master_key_file.hpp"
#include "opening.hpp"

namespace freellm::store {
namespace {

Error failed(const std::string& doing, const std::filesystem::path& file) {
  return Error{.kind = ErrorKind::storage,
               .message = "cannot " + doing + " " + file.string() + ": " +
                          std::generic_category().message(errno)};
}

Error refused(std::string message) {
  return Error{.kind = ErrorKind::configuration, .message = std::move(message)};
}

Error already_there(const std::filesystem::path& file) {
  return refused(file.string() + " exists; choose another name, or --force to replace it");
}

/// A database on its way to its final name; removed when it does not get there, and before it
/// begins, in case an earlier one was cut off.
class Temporary {
 public:
  explicit Temporary(std::filesystem::path file) : file_(std::move(file)) { remove(); }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  ~Temporary() {
    if (!file_.empty()) remove();
  }
  [[nodiscard]] const std::filesystem::path& file() const { return file_; }
  void keep() { file_.clear(); }

 private:
  void remove() {
    for (const char* suffix : {"", "-wal", "-shm", "-journal"})
      ::unlink((file_.string() + suffix).c_str());
  }
  std::filesystem::path file_;
};

Result<Copy> facts_of(Db& db) {
  auto version = db.scalar("PRAGMA user_version");
  if (!version) return version.error();
  auto sealed = read_vault_row(db);
  if (!sealed) return sealed.error();
  return Copy{.schema_version = static_cast<int>(version->value_or(0)),
              .master_key_id = *sealed ? (*sealed)->key_id_hex() : ""};
}

/// All pages in one read transaction: the copy is the database of one moment, however busy it is.
Status copy_pages(Db& from, const std::filesystem::path& file) {
  const FileDescriptor created{
      ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!created) return failed("create", file);
  {
    auto to = Db::open(file, Db::Mode::read_write);
    if (!to) return to.error();
    // Nobody else sees the file before it is whole, so a journal of it would protect nothing.
    if (auto status = to->exec("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF"); !status)
      return status;
    sqlite3_backup* copying = sqlite3_backup_init(to->handle(), "main", from.handle(), "main");
    if (copying == nullptr) return to->error(sqlite3_errcode(to->handle()));
    const int stepped = sqlite3_backup_step(copying, -1);
    const int finished = sqlite3_backup_finish(copying);
    if (stepped != SQLITE_DONE) return to->error(finished != SQLITE_OK ? finished : stepped);
  }
  if (::fsync(created.get()) != 0) return failed("write", file);
  return {};
}

/// rename() that never replaces; some file systems (FAT, some network ones) do not know how.
Status give_new_name(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return {};
  if (errno == EEXIST) return already_there(to);
  if (errno != EINVAL && errno != ENOSYS) return failed("create", to);
  std::error_code ec;
  if (std::filesystem::exists(to, ec)) return already_there(to);
  if (::rename(from.c_str(), to.c_str()) != 0) return failed("create", to);
  return {};
}

Status give_name(const std::filesystem::path& from, const std::filesystem::path& to,
                 Existing existing) {
  if (existing == Existing::keep) return give_new_name(from, to);
  if (::rename(from.c_str(), to.c_str()) != 0) return failed("replace", to);
  return {};
}

}  // namespace

Result<Copy> backup(Db& db, const std::filesystem::path& file, Existing existing) {
  std::error_code ec;
  if (std::filesystem::is_directory(file, ec))
    return refused(file.string() + " is a directory; name a file in it");
  if (existing == Existing::keep && std::filesystem::exists(file, ec)) return already_there(file);
  const auto directory = file.has_parent_path() ? file.parent_path() : std::filesystem::path{"."};
  if (!std::filesystem::is_directory(directory, ec))
    return refused("there is no directory " + directory.string() + " to write " +
                   file.filename().string() + " into");
  if (::access(directory.c_str(), W_OK) != 0) return failed("write into", directory);
  Temporary partial{file.string() + "." + random_hex(4) + ".partial"};
  if (auto status = copy_pages(db, partial.file()); !status) return status.error();
  auto copy = facts_of(db);
  if (!copy) return copy;
  copy->bytes = std::filesystem::file_size(partial.file(), ec);
  if (auto status = give_name(partial.file(), file, existing); !status) return status.error();
  partial.keep();
  if (auto status = sync_directory_of(file); !status) return status.error();
  return copy;
}

Result<Copy> backup_data_dir(const std::filesystem::path& data_dir,
                             const std::filesystem::path& file, Existing existing) {
  const auto database = data_dir / kDatabaseName;
  std::error_code ec;
  if (!std::filesystem::exists(database, ec))
    return refused("there is no database in " + data_dir.string() + "; see --data-dir");
  if (std::filesystem::equivalent(file, database, ec))
    return refused(file.string() + " is the database itself");
  auto db = open_to_look(database);
  if (!db) return db.error();
  if (auto status = check_schema(*db); !status) return status.error();
  return backup(*db, file, existing);
}

namespace {

/// Everything that is wrong with `file` as a backup for this master key.
Result<Copy> check_copy(Db& db, const std::filesystem::path& file, const Vault& vault) {
  if (auto status = check_schema(db); !status) {
    const bool is_foreign = (sqlite3_errcode(db.handle()) & 0xff) == SQLITE_NOTADB;
    return is_foreign
               ? refused(file.string() + " is not a backup of freellmapi: it is no SQLite database")
               : status.error();
  }
  auto facts = facts_of(db);
  if (!facts) return facts;
  auto sealed = read_vault_row(db);
  if (!sealed) return sealed.error();
  if (!*sealed) return refused(file.string() + " is not a backup of freellmapi: nothing is in it");
  if (auto status = check_master_key(vault, **sealed, file); !status) {
    return refused(file.string() + " is sealed with master key " + (*sealed)->key_id_hex() +
                   ", and the one here is " + vault.key_id_hex() +
                   "; put the master.key of that backup into the data directory, or set "
                   "FREELLMAPI_MASTER_KEY to it");
  }
  auto damage =
      db.scalar("SELECT count(*) FROM pragma_integrity_check(1) WHERE integrity_check <> 'ok'");
  if (!damage) return damage.error();
  if (damage->value_or(1) != 0) return refused(file.string() + " is damaged; use another backup");
  return facts;
}

Result<Vault> vault_for(const RestoreOptions& options) {
  StoreOptions present{.data_dir = options.data_dir};
  if (options.master_key_hex) present.master_key_hex = options.master_key_hex->clone();
  // Only to end a rotation that was cut off; a damaged database is why people restore.
  if (const auto found = examine(options.data_dir / kDatabaseName); found && found->sealed)
    (void)obtain_master_key(present, found->sealed);
  if (!options.master_key_hex) {
    auto stored = read_master_key(options.data_dir / kMasterKeyName);
    if (!stored) return stored.error();
    if (!*stored) {
      return refused("there is no master key in " + options.data_dir.string() +
                     "; put the master.key that belongs to the backup there (mode 0600), or set "
                     "FREELLMAPI_MASTER_KEY");
    }
    return Vault{**stored};
  }
  auto master = obtain_master_key(present, std::nullopt);
  if (!master) return master.error();
  return Vault{*master};
}

/// Nothing of the present database may be left in a WAL: it would be played into the new one.
Status settle(const std::filesystem::path& database) {
  std::error_code ec;
  if (!std::filesystem::exists(database, ec)) return {};
  if (auto present = Db::open(database, Db::Mode::read_write)) {
    auto status = present->exec("PRAGMA wal_checkpoint(TRUNCATE)");
    const int rc = sqlite3_errcode(present->handle()) & 0xff;
    // One that is past reading has nothing to be kept.
    if (!status && rc != SQLITE_CORRUPT && rc != SQLITE_NOTADB) return status;
  }
  for (const char* suffix : {"-wal", "-shm", "-journal"}) {
    const auto file = database.string() + suffix;
    if (::unlink(file.c_str()) != 0 && errno != ENOENT) return failed("remove", file);
  }
  return {};
}

/// Who logged out since must not be in again.
Status end_sessions(const std::filesystem::path& file) {
  const FileDescriptor mine{::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
  if (mine) give_to_owner_of(file.parent_path(), mine.get());
  auto db = Db::open(file, Db::Mode::read_write);
  if (!db) return db.error();
  auto has_sessions = db->scalar("SELECT 1 FROM sqlite_schema WHERE name = 'admin_session'");
  if (!has_sessions) return has_sessions.error();
  if (auto status = db->exec("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = FULL"); !status)
    return status;
  if (*has_sessions) return db->exec("DELETE FROM admin_session");
  return {};
}

}  // namespace

Result<Copy> restore(const std::filesystem::path& file, const RestoreOptions& options) {
  std::error_code ec;
  const auto bytes = std::filesystem::file_size(file, ec);
  if (ec) return refused("cannot read " + file.string() + ": " + ec.message());
  if (std::filesystem::exists(file.string() + "-wal", ec)) {
    return refused(file.string() +
                   " has a -wal file beside it: it is a database in use, not a backup; make one "
                   "with: freellmapi backup FILE");
  }
  auto vault = vault_for(options);
  if (!vault) return vault.error();
  const auto database = options.data_dir / kDatabaseName;
  Temporary fresh{database.string() + ".restoring"};
  auto source = Db::open(file, Db::Mode::untouched);
  if (!source) return source.error();
  // Damage and foreign files are told from the file itself, under its own name.
  auto copy = check_copy(*source, file, *vault);
  if (!copy) return copy;
  if (auto status = copy_pages(*source, fresh.file()); !status) return status.error();
  if (auto status = end_sessions(fresh.file()); !status) return status.error();
  if (auto status = settle(database); !status) return status.error();
  if (auto status = give_name(fresh.file(), database, Existing::replace); !status)
    return status.error();
  fresh.keep();
  if (auto status = sync_directory_of(database); !status) return status.error();
  copy->bytes = bytes;
  return copy;
}

}  // namespace freellm::store
