#include "freellm/store/sqlite.hpp"
#include "sketch_sql.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file_descriptor.hpp"

namespace freellm::store {
namespace {

constexpr int kBusyTimeoutMs = 5'000;
constexpr std::size_t kMaxIdlePerStatement = 2;

Error storage_error(std::string message) {
  return Error{.kind = ErrorKind::storage, .message = std::move(message)};
}

std::string_view explain(int rc) {
  switch (rc & 0xff) {
    case SQLITE_FULL:
      return "the disk is full; free some space";
    case SQLITE_READONLY:
      return "the file or its directory is not writable";
    case SQLITE_CANTOPEN:
      return "it cannot be opened; check that the directory exists and its permissions";
    case SQLITE_NOTADB:
      return "it is not a SQLite database";
    case SQLITE_CORRUPT:
      return "the database is damaged; restore a backup";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "another process holds the database locked";
    case SQLITE_IOERR:
      return "the disk failed to read or write";
    case SQLITE_NOMEM:
      return "out of memory";
    case SQLITE_CONSTRAINT:
      return "a constraint of the schema forbids it";
    case SQLITE_TOOBIG:
      return "a value is too large";
    default:
      return {};
  }
}

/// SQLite would create the file with the umask's mode; ours holds secrets (sealed) and prompts'
/// metadata.
Status create_private(const std::filesystem::path& file) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) {
    return storage_error("cannot create " + file.string() + ": " +
                         std::generic_category().message(errno));
  }
  give_to_owner_of(file.parent_path(), fd);
  ::close(fd);
  return {};
}

int open_flags(Db::Mode mode) {
  constexpr int kCommon = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI;
  const bool is_writable = mode == Db::Mode::read_write || mode == Db::Mode::create;
  return kCommon | (is_writable ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY);
}

/// A file: URI, because `immutable` can be asked for in no other way.
std::string uri(const std::filesystem::path& file, Db::Mode mode) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out = "file:";
  for (const char c : std::filesystem::absolute(file).string()) {
    if (c == '%' || c == '?' || c == '#') {
      out += '%';
      out += kHex[static_cast<unsigned char>(c) >> 4];
      out += kHex[static_cast<unsigned char>(c) & 15];
    } else {
      out += c;
    }
  }
  if (mode == Db::Mode::untouched) out += "?immutable=1";
  return out;
}

/// They cost a lock at every allocation, and nobody reads them. Has an effect before the first use
/// of SQLite only.
void keep_no_memory_statistics() {
  static const int done = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  static_cast<void>(done);
}

}  // namespace

void Db::Close::operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }

Db::Db(sqlite3* handle, std::filesystem::path file) : file_(std::move(file)), handle_(handle) {}
Db::Db(Db&&) noexcept = default;

Db& Db::operator=(Db&& other) noexcept {
  if (this != &other) {
    finalize_idle();
    file_ = std::move(other.file_);
    handle_ = std::move(other.handle_);
    idle_ = std::move(other.idle_);
    other.idle_.clear();
  }
  return *this;
}

Db::~Db() { finalize_idle(); }

void Db::finalize_idle() {
  for (auto& [sql, statements] : idle_) {
    for (auto* statement : statements) sqlite3_finalize(statement);
  }
  idle_.clear();
}

Result<Db> Db::open(const std::filesystem::path& file, Mode mode) {
  if (mode == Mode::create) {
    if (auto status = create_private(file); !status) return status.error();
  }
  keep_no_memory_statistics();
  sqlite3* handle = nullptr;
  const int rc = sqlite3_open_v2(uri(file, mode).c_str(), &handle, open_flags(mode), nullptr);
  Db db{handle, file};
  if (rc != SQLITE_OK) return db.error(rc);
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, kBusyTimeoutMs);
  // Our own schema only: no functions or virtual tables smuggled in by a doctored file.
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_FKEY, 1, nullptr);
  if (const int added = add_sketch_functions(handle); added != SQLITE_OK) return db.error(added);
  return db;
}

Status Db::exec(const std::string& sql) {
  const int rc = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (rc != SQLITE_OK) return error(rc);
  return {};
}

Result<Statement> Db::prepare(std::string_view sql) {
  std::string key{sql};
  if (const auto found = idle_.find(key); found != idle_.end() && !found->second.empty()) {
    auto* handle = found->second.back();
    found->second.pop_back();
    return Statement{*this, handle};
  }
  sqlite3_stmt* handle = nullptr;
  const int rc = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                    SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
  if (rc != SQLITE_OK) return error(rc);
  return Statement{*this, handle};
}

void Db::give_back(sqlite3_stmt* statement) {
  sqlite3_reset(statement);  // ends its read transaction, or checkpoints would starve
  sqlite3_clear_bindings(statement);
  auto& idle = idle_[sqlite3_sql(statement)];
  if (idle.size() < kMaxIdlePerStatement) {
    idle.push_back(statement);
  } else {
    sqlite3_finalize(statement);
  }
}

std::int64_t Db::last_insert_id() const { return sqlite3_last_insert_rowid(handle_.get()); }
std::int64_t Db::changes() const { return sqlite3_changes64(handle_.get()); }
bool Db::in_transaction() const { return sqlite3_get_autocommit(handle_.get()) == 0; }

Error Db::error(int rc) const {
  std::string message = file_.string() + ": ";
  if (const auto words = explain(rc); !words.empty()) {
    message += words;
  } else {
    message += handle_ ? sqlite3_errmsg(handle_.get()) : sqlite3_errstr(rc);
  }
  message += " (" + std::string{sqlite3_errstr(rc)} + ", " + std::to_string(rc) + ")";
  return storage_error(std::move(message));
}

Statement::Statement(Statement&& other) noexcept
    : db_(other.db_),
      handle_(std::exchange(other.handle_, nullptr)),
      next_(other.next_),
      bind_error_(other.bind_error_) {}

Statement::~Statement() {
  if (handle_ != nullptr) db_->give_back(handle_);
}

void Statement::restart() {
  sqlite3_reset(handle_);
  next_ = 1;
  bind_error_ = SQLITE_OK;
}

void Statement::note(int rc) {
  ++next_;
  if (rc != SQLITE_OK && bind_error_ == SQLITE_OK) bind_error_ = rc;
}

void Statement::put(std::int64_t value) { note(sqlite3_bind_int64(handle_, next_, value)); }
void Statement::put(std::nullopt_t) { note(sqlite3_bind_null(handle_, next_)); }
void Statement::put(std::string_view text) {
  // A null pointer would bind NULL instead of ''.
  note(sqlite3_bind_text64(handle_, next_, text.data() == nullptr ? "" : text.data(), text.size(),
                           SQLITE_TRANSIENT, SQLITE_UTF8));
}
void Statement::put(Lasting lasting) {
  const auto text = lasting.text;
  note(sqlite3_bind_text64(handle_, next_, text.data() == nullptr ? "" : text.data(), text.size(),
                           SQLITE_STATIC, SQLITE_UTF8));
}
void Statement::put(Blob blob) {
  note(sqlite3_bind_blob64(handle_, next_, blob.bytes.data() == nullptr ? "" : blob.bytes.data(),
                           blob.bytes.size(), SQLITE_TRANSIENT));
}

Result<bool> Statement::step() {
  if (bind_error_ != SQLITE_OK) return db_->error(bind_error_);
  const int rc = sqlite3_step(handle_);
  if (rc == SQLITE_ROW) return true;
  if (rc == SQLITE_DONE) return false;
  Error error = db_->error(rc);
  sqlite3_reset(handle_);
  return error;
}

Status Statement::run() {
  for (;;) {
    auto row = step();
    if (!row) return row.error();
    if (!*row) break;
  }
  sqlite3_reset(handle_);
  return {};
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(handle_, column); }

std::string_view Statement::text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(handle_, column));
  return text == nullptr
             ? std::string_view{}
             : std::string_view{text,
                                static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

std::string_view Statement::blob(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(handle_, column));
  return bytes == nullptr
             ? std::string_view{}
             : std::string_view{bytes,
                                static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(handle_, column) == SQLITE_NULL;
}

std::optional<std::int64_t> Statement::optional_integer(int column) const {
  if (is_null(column)) return std::nullopt;
  return integer(column);
}

Result<Transaction> Transaction::begin(Db& db) {
  const bool is_nested = db.in_transaction();
  if (auto status = db.run(is_nested ? "SAVEPOINT nested" : "BEGIN IMMEDIATE"); !status)
    return status.error();
  return Transaction{db, is_nested};
}

Status Transaction::commit() {
  auto status = db_->run(is_nested_ ? "RELEASE nested" : "COMMIT");
  if (status) db_ = nullptr;
  return status;
}

Transaction::~Transaction() {
  if (db_ == nullptr || !db_->in_transaction()) return;  // some errors roll back by themselves
  if (is_nested_) {
    (void)db_->exec("ROLLBACK TO nested; RELEASE nested");
  } else {
    (void)db_->run("ROLLBACK");
  }
}

}  // namespace freellm::store
