#include "freellm/store/store.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "file_descriptor.hpp"
#include "freellm/store/migrations.hpp"
#include "vault_row.hpp"

namespace freellm::store {
namespace {

Error start_error(ErrorKind kind, std::string message) {
  return Error{.kind = kind, .message = std::move(message), .code = "data_dir"};
}

Status make_directory(const std::filesystem::path& data_dir) {
  std::error_code ec;
  const auto parent = data_dir.parent_path();
  if (!parent.empty()) std::filesystem::create_directories(parent, ec);
  if (ec)
    return start_error(ErrorKind::storage,
                       "cannot create " + parent.string() + ": " + ec.message());
  if (::mkdir(data_dir.c_str(), 0700) != 0 && errno != EEXIST) {
    return start_error(ErrorKind::storage, "cannot create " + data_dir.string() + ": " +
                                               std::generic_category().message(errno));
  }
  if (!std::filesystem::is_directory(data_dir, ec)) {
    return start_error(ErrorKind::storage, data_dir.string() + " is not a directory");
  }
  if (::faccessat(AT_FDCWD, data_dir.c_str(), W_OK | X_OK, AT_EACCESS) != 0) {
    return start_error(ErrorKind::storage,
                       "cannot write to " + data_dir.string() + ": " +
                           std::generic_category().message(errno) +
                           "; change its permissions or choose another --data-dir");
  }
  return {};
}

bool has_content(const std::filesystem::path& file) {
  std::error_code ec;
  return std::filesystem::file_size(file, ec) > 0 && !ec;
}

struct SealedWith {
  std::string key_id;
  std::string verifier;
};

Result<std::optional<SealedWith>> read_vault_row(Db& db) {
  auto exists = db.scalar("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'vault'");
  if (!exists) return exists.error();
  if (!*exists) return std::optional<SealedWith>{};
  auto statement = db.prepare("SELECT key_id, verifier FROM vault WHERE id = 1");
  if (!statement) return statement.error();
  auto row = statement->step();
  if (!row) return row.error();
  if (!*row) return std::optional<SealedWith>{};
  return std::optional{
      SealedWith{std::string{statement->blob(0)}, std::string{statement->blob(1)}}};
}

/// Looks at an existing database without leaving a trace. After a crash its WAL must be read too,
/// which only an ordinary connection can.
Result<std::optional<SealedWith>> examine(const std::filesystem::path& database) {
  if (!has_content(database)) return std::optional<SealedWith>{};
  const bool was_closed = !std::filesystem::exists(database.string() + "-wal");
  auto db = Db::open(database, was_closed ? Db::Mode::untouched : Db::Mode::read_only);
  if (!db) return db.error();
  if (auto status = check_schema(*db); !status) return status.error();
  return read_vault_row(*db);
}

std::string hex(std::string_view bytes) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    out += kHex[static_cast<unsigned char>(c) >> 4];
    out += kHex[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

Result<Secret> obtain_master_key(const StoreOptions& options,
                                 const std::optional<SealedWith>& sealed) {
  if (options.master_key_hex) {
    auto key = parse_master_key(options.master_key_hex->reveal());
    if (!key)
      return start_error(ErrorKind::configuration, "FREELLMAPI_MASTER_KEY: " + key.error().message);
    return key;
  }
  const auto file = options.data_dir / kMasterKeyName;
  auto stored = read_master_key(file);
  if (!stored) return stored.error();
  if (*stored) return **std::move(stored);
  if (sealed) {
    return start_error(ErrorKind::configuration,
                       file.string() + " is missing, and the database is sealed with master key " +
                           hex(sealed->key_id) +
                           "; put the file back or set FREELLMAPI_MASTER_KEY");
  }
  return create_master_key(file);
}

Status check_master_key(const Vault& vault, const SealedWith& sealed,
                        const std::filesystem::path& database) {
  auto opened = vault.open(sealed.verifier, kVerifierBinding);
  if (opened && opened->reveal() == kVerifierText) return {};
  return start_error(ErrorKind::configuration, "wrong master key: " + database.string() +
                                                   " is sealed with key " + hex(sealed.key_id) +
                                                   ", the one given is " + vault.key_id_hex() +
                                                   "; put the right one back");
}

Result<Db> open_writable(const std::filesystem::path& database, const Vault& vault,
                         bool is_sealed) {
  auto db = Db::open(database, Db::Mode::create);
  if (!db) return db.error();
  // secure_delete: the sealed bytes of a removed key leave the file with it.
  constexpr const char* kSetUp =
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY;"
      "PRAGMA journal_size_limit = 16777216; PRAGMA secure_delete = FAST;";
  if (auto status = db->exec(kSetUp); !status) return status.error();
  if (auto status = migrate(*db); !status) return status.error();
  if (!is_sealed) {
    if (auto status = remember_master_key(*db, vault); !status) return status.error();
  }
  return db;
}

}  // namespace

Result<DataDirLock> DataDirLock::acquire(const std::filesystem::path& data_dir) {
  if (auto status = make_directory(data_dir); !status) return status.error();
  FileDescriptor directory{::open(data_dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!directory) {
    return start_error(ErrorKind::storage, "cannot open " + data_dir.string() + ": " +
                                               std::generic_category().message(errno));
  }
  if (::flock(directory.get(), LOCK_EX | LOCK_NB) != 0) {
    return start_error(ErrorKind::storage,
                       data_dir.string() + " is in use by a running freellmapi; stop it first");
  }
  return DataDirLock{directory.release()};
}

DataDirLock::~DataDirLock() {
  if (fd_ >= 0) ::close(fd_);
}

Store::Store(Vault vault, std::filesystem::path database, Db writable, Db readable,
             WriterOptions options)
    : vault_(std::move(vault)),
      database_(std::move(database)),
      writer_(std::make_unique<Writer>(std::move(writable), options)),
      reader_(std::make_unique<Reader>(std::move(readable))) {}

Result<std::unique_ptr<Store>> Store::open(StoreOptions options) {
  if (auto status = make_directory(options.data_dir); !status) return status.error();
  const auto database = options.data_dir / kDatabaseName;
  auto sealed = examine(database);
  if (!sealed) return sealed.error();
  auto master = obtain_master_key(options, *sealed);
  if (!master) return master.error();
  Vault vault{*master};
  if (*sealed) {
    if (auto status = check_master_key(vault, **sealed, database); !status) return status.error();
  }
  auto writable = open_writable(database, vault, sealed->has_value());
  if (!writable) return writable.error();
  auto readable = Db::open(database, Db::Mode::read_only);
  if (!readable) return readable.error();
  return std::unique_ptr<Store>{new Store{std::move(vault), database, *std::move(writable),
                                          *std::move(readable), options.writer}};
}

}  // namespace freellm::store
