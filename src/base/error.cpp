#include "freellm/base/error.hpp"

namespace freellm {

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::bad_request:
      return "bad_request";
    case ErrorKind::unauthorized:
      return "unauthorized";
    case ErrorKind::payload_too_large:
      return "payload_too_large";
    case ErrorKind::rate_limited:
      return "rate_limited";
    case ErrorKind::quota_exhausted:
      return "quota_exhausted";
    case ErrorKind::upstream_auth:
      return "upstream_auth";
    case ErrorKind::upstream_overloaded:
      return "upstream_overloaded";
    case ErrorKind::upstream_bad_status:
      return "upstream_bad_status";
    case ErrorKind::upstream_protocol:
      return "upstream_protocol";
    case ErrorKind::connect:
      return "connect";
    case ErrorKind::tls:
      return "tls";
    case ErrorKind::timeout:
      return "timeout";
    case ErrorKind::cancelled:
      return "cancelled";
    case ErrorKind::no_route:
      return "no_route";
    case ErrorKind::storage:
      return "storage";
    case ErrorKind::configuration:
      return "configuration";
    case ErrorKind::internal:
      return "internal";
  }
  return "unknown";
}

}  // namespace freellm
