#pragma once
// Changes that are waited for, but not for ever: a disk that hangs must not hold whoever asked.

#include <chrono>
#include <functional>

#include "freellm/base/result.hpp"
#include "freellm/store/writer.hpp"

namespace freellm::store {

/// Waits for `work` to be on disk, unless it has not even begun within `patience`: then it never
/// will, and the error (kind storage) has code "busy". Once it has begun its end is waited for,
/// since `work` may refer to the waiting side's variables. Never on an I/O thread.
[[nodiscard]] Status change_within(Writer& writer, std::chrono::milliseconds patience,
                                   std::function<Status(Db&)> work);

}  // namespace freellm::store
