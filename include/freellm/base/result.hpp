#pragma once
// Result<T>: a value or an Error. Nothing on the data path throws.
//
// Traps of boost::system::result 1.81: a default-constructed result holds a *value*; operator-> on
// an error is null; a T that is constructible from Error is ambiguous. Test with `if (!r) return
// r.error();`.

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>
#include <stdexcept>

#include "freellm/base/error.hpp"

namespace freellm {

template <class T>
using Result = boost::system::result<T, Error>;
using Status = Result<void>;

/// Called by result::value() on an error (found by ADL). Reaching it is a programming error.
[[noreturn]] inline void throw_exception_from_error(const Error& error,
                                                    const boost::source_location&) {
  throw std::logic_error("unchecked error: " + error.message);
}

}  // namespace freellm
