#pragma once
// What went wrong in an attempt, in routing's terms, when no provider explained it. Private to the
// proxy.

#include <string>
#include <utility>

#include "freellm/base/error.hpp"
#include "freellm/chat/upstream_failure.hpp"

namespace freellm::proxy {

inline chat::UpstreamFailure plain_failure(chat::FailureClass failure, std::string message) {
  chat::UpstreamFailure result;
  result.failure = failure;
  result.message = std::move(message);
  return result;
}

inline chat::FailureClass failure_class_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::timeout:
      return chat::FailureClass::timed_out;
    case ErrorKind::cancelled:
      return chat::FailureClass::client_gone;
    case ErrorKind::connect:
    case ErrorKind::tls:
      return chat::FailureClass::connect_failed;
    case ErrorKind::upstream_auth:
      return chat::FailureClass::bad_key;
    case ErrorKind::bad_request:
      return chat::FailureClass::bad_request;
    default:
      return chat::FailureClass::provider_error;
  }
}

inline chat::UpstreamFailure failure_of(const Error& error) {
  auto failure = plain_failure(failure_class_of(error.kind), error.message);
  failure.at_proxy = error.code == "proxy_failed";
  return failure;
}

}  // namespace freellm::proxy
