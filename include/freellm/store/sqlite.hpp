#pragma once
// A thin RAII coat over SQLite: Db, Statement, Transaction. Returns Results, never throws.
//
// One connection belongs to one thread at a time (opened without SQLite's own mutexes); only the
// writer, the reader and start-up code hold one. Errors say which file, what failed and what would
// mend it.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "freellm/base/result.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace freellm::store {

/// Bytes, to tell a BLOB from TEXT when binding.
struct Blob {
  std::string_view bytes;
};

/// Text that stays where it is until the statement has run: SQLite reads it there instead of
/// copying.
struct Lasting {
  std::string_view text;
};

class Db;

/// A prepared statement on loan from its Db, which keeps it compiled; goes back when this dies.
/// Parameters are bound in order by bind(a, b, c); a failed bind is reported by step() or run().
class Statement {
 public:
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;
  Statement(const Statement&) = delete;
  ~Statement();

  /// Binds all parameters anew, from the first. Text and blobs are copied by SQLite.
  template <class... Args>
  Statement& bind(const Args&... args) {
    restart();
    (put(args), ...);
    return *this;
  }

  /// true: a row is there, read it with the getters. false: no (more) rows.
  [[nodiscard]] Result<bool> step();
  /// Steps to the end, ignoring rows, and makes the statement ready for the next bind().
  [[nodiscard]] Status run();

  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::string_view text(
      int column) const;  ///< valid until the next step; "" for NULL
  [[nodiscard]] std::string_view blob(int column) const;  ///< likewise
  [[nodiscard]] bool is_null(int column) const;
  [[nodiscard]] std::optional<std::int64_t> optional_integer(int column) const;

 private:
  friend class Db;
  Statement(Db& db, sqlite3_stmt* handle) : db_(&db), handle_(handle) {}

  void restart();
  void note(int rc);
  void put(std::int64_t value);
  void put(std::int32_t value) { put(std::int64_t{value}); }
  void put(bool value) { put(std::int64_t{value ? 1 : 0}); }
  void put(std::string_view text);
  void put(const char* text) { put(std::string_view{text}); }
  void put(const std::string& text) { put(std::string_view{text}); }
  void put(Lasting lasting);
  void put(Blob blob);
  void put(std::nullopt_t);
  template <class T>
  void put(const std::optional<T>& value) {
    if (value) {
      put(*value);
    } else {
      put(std::nullopt);
    }
  }

  Db* db_;
  sqlite3_stmt* handle_;
  int next_ = 1;
  int bind_error_ = 0;
};

class Db {
 public:
  enum class Mode : std::uint8_t {
    read_write,  ///< must exist
    create,      ///< made when missing, readable by the owner alone
    read_only,   ///< sees what others commit
    untouched,   ///< read-only and leaves no trace on disk; only for a file nobody has open
  };
  [[nodiscard]] static Result<Db> open(const std::filesystem::path& file, Mode mode);

  Db(Db&&) noexcept;
  Db& operator=(Db&&) noexcept;
  Db(const Db&) = delete;
  Db& operator=(const Db&) = delete;
  ~Db();

  /// Runs one or several statements without parameters.
  [[nodiscard]] Status exec(const std::string& sql);
  [[nodiscard]] Result<Statement> prepare(std::string_view sql);
  /// prepare + bind + run.
  template <class... Args>
  [[nodiscard]] Status run(std::string_view sql, const Args&... args) {
    auto statement = prepare(sql);
    if (!statement) return statement.error();
    return statement->bind(args...).run();
  }
  /// The first column of the first row as an integer; nullopt without a row or for NULL.
  template <class... Args>
  [[nodiscard]] Result<std::optional<std::int64_t>> scalar(std::string_view sql,
                                                           const Args&... args) {
    auto statement = prepare(sql);
    if (!statement) return statement.error();
    auto row = statement->bind(args...).step();
    if (!row) return row.error();
    return *row ? statement->optional_integer(0) : std::nullopt;
  }

  [[nodiscard]] std::int64_t last_insert_id() const;
  /// Rows changed by the last statement.
  [[nodiscard]] std::int64_t changes() const;
  [[nodiscard]] bool in_transaction() const;
  [[nodiscard]] const std::filesystem::path& file() const { return file_; }
  [[nodiscard]] sqlite3* handle() const { return handle_.get(); }

  /// An Error of kind storage for SQLite's result code `rc`, in words: "cannot write x.db: disk
  /// full".
  [[nodiscard]] Error error(int rc) const;

 private:
  friend class Statement;
  struct Close {
    void operator()(sqlite3* handle) const;
  };
  Db(sqlite3* handle, std::filesystem::path file);
  void give_back(sqlite3_stmt* statement);
  void finalize_idle();

  std::filesystem::path file_;
  std::unique_ptr<sqlite3, Close> handle_;
  std::unordered_map<std::string, std::vector<sqlite3_stmt*>> idle_;  ///< compiled, by SQL text
};

/// BEGIN IMMEDIATE … COMMIT; rolls back when it dies uncommitted. Inside another transaction it is
/// a savepoint.
class Transaction {
 public:
  [[nodiscard]] static Result<Transaction> begin(Db& db);
  Transaction(Transaction&& other) noexcept
      : db_(std::exchange(other.db_, nullptr)), is_nested_(other.is_nested_) {}
  Transaction& operator=(Transaction&&) = delete;
  Transaction(const Transaction&) = delete;
  ~Transaction();
  [[nodiscard]] Status commit();

 private:
  Transaction(Db& db, bool is_nested) : db_(&db), is_nested_(is_nested) {}
  Db* db_;
  bool is_nested_;
};

}  // namespace freellm::store
