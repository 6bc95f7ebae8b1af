#pragma once
// SQL functions over sketches: sketch_merge(a, b), and the aggregate sketch_sum(x). Private to the
// store.

struct sqlite3;

namespace freellm::store {

/// Returns SQLite's result code.
[[nodiscard]] int add_sketch_functions(sqlite3* handle);

}  // namespace freellm::store
