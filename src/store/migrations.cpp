#include "freellm/store/migrations.hpp"

#include <string>

#include "schema_steps.hpp"

namespace freellm::store {
namespace {

Error refused(const Db& db, const std::string& why) {
  return Error{.kind = ErrorKind::configuration,
               .message = db.file().string() + ": " + why,
               .code = "database"};
}

Result<std::int64_t> pragma(Db& db, const char* sql) {
  auto value = db.scalar(sql);
  if (!value) return value.error();
  return value->value_or(0);
}

Status run_step(Db& db, int version) {
  auto transaction = Transaction::begin(db);
  if (!transaction) return transaction.error();
  if (auto status = db.exec(schema_steps()[static_cast<std::size_t>(version)]); !status)
    return status;
  // PRAGMA takes no parameters; both values are our own integers.
  const std::string stamp = "PRAGMA application_id = " + std::to_string(kApplicationId) +
                            "; PRAGMA user_version = " + std::to_string(version + 1);
  if (auto status = db.exec(stamp); !status) return status;
  return transaction->commit();
}

}  // namespace

int schema_version() { return static_cast<int>(schema_steps().size()); }

Status check_schema(Db& db) {
  auto application = pragma(db, "PRAGMA application_id");
  if (!application) return application.error();
  auto version = pragma(db, "PRAGMA user_version");
  if (!version) return version.error();
  auto tables = pragma(db, "SELECT count(*) FROM sqlite_schema");
  if (!tables) return tables.error();
  const bool is_empty = *application == 0 && *version == 0 && *tables == 0;
  if (!is_empty && *application != kApplicationId)
    return refused(db, "is a database of another program");
  if (*version > schema_version()) {
    return refused(db, "was written by a newer freellmapi (schema " + std::to_string(*version) +
                           ", this one knows " + std::to_string(schema_version()) +
                           "); run the newer version or restore a backup");
  }
  return {};
}

Status migrate(Db& db, int target) {
  if (auto status = check_schema(db); !status) return status;
  auto version = pragma(db, "PRAGMA user_version");
  if (!version) return version.error();
  for (auto step = static_cast<int>(*version); step < target; ++step) {
    if (auto status = run_step(db, step); !status) return status;
  }
  return {};
}

}  // namespace freellm::store
