#include "sketch_sql.hpp"

#include <sqlite3.h>

#include <memory>
#include <new>

#include "freellm/store/sketch.hpp"

namespace freellm::store {
namespace {

std::string_view bytes_of(sqlite3_value* value) {
  const auto* bytes = static_cast<const char*>(sqlite3_value_blob(value));
  if (bytes == nullptr) return {};
  return {bytes, static_cast<std::size_t>(sqlite3_value_bytes(value))};
}

void answer(sqlite3_context* context, const std::string& sketch) {
  sqlite3_result_blob64(context, sketch.data(), sketch.size(), SQLITE_TRANSIENT);
}

void merge(sqlite3_context* context, int, sqlite3_value** values) {
  SketchSum sum;
  sum.add(bytes_of(values[0]));
  sum.add(bytes_of(values[1]));
  answer(context, sum.encode());
}

/// SQLite hands out zeroed memory and no destructor, so what it holds is a pointer.
SketchSum** slot(sqlite3_context* context) {
  return static_cast<SketchSum**>(sqlite3_aggregate_context(context, sizeof(SketchSum*)));
}

void sum_step(sqlite3_context* context, int, sqlite3_value** values) {
  auto** sum = slot(context);
  if (sum == nullptr) return sqlite3_result_error_nomem(context);
  if (*sum == nullptr) *sum = std::make_unique<SketchSum>().release();
  (*sum)->add(bytes_of(values[0]));
}

void sum_final(sqlite3_context* context) {
  auto** sum = slot(context);
  const std::unique_ptr<SketchSum> owned{sum == nullptr ? nullptr : *sum};
  if (sum != nullptr) *sum = nullptr;
  answer(context, owned ? owned->encode() : std::string{});
}

}  // namespace

int add_sketch_functions(sqlite3* handle) {
  constexpr int kFlags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
  const int rc = sqlite3_create_function_v2(handle, "sketch_merge", 2, kFlags, nullptr, &merge,
                                            nullptr, nullptr, nullptr);
  if (rc != SQLITE_OK) return rc;
  return sqlite3_create_function_v2(handle, "sketch_sum", 1, kFlags, nullptr, nullptr, &sum_step,
                                    &sum_final, nullptr);
}

}  // namespace freellm::store
