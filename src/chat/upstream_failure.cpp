#include "freellm/chat/upstream_failure.hpp"

namespace freellm::chat {

std::string_view to_string(FailureClass failure) {
  switch (failure) {
    case FailureClass::bad_key:
      return "bad_key";
    case FailureClass::not_on_tier:
      return "not_on_tier";
    case FailureClass::content_policy:
      return "content_policy";
    case FailureClass::blocked_host:
      return "blocked_host";
    case FailureClass::out_of_credit:
      return "out_of_credit";
    case FailureClass::daily_quota:
      return "daily_quota";
    case FailureClass::monthly_quota:
      return "monthly_quota";
    case FailureClass::no_quota:
      return "no_quota";
    case FailureClass::rate_limited:
      return "rate_limited";
    case FailureClass::provider_busy:
      return "provider_busy";
    case FailureClass::too_large:
      return "too_large";
    case FailureClass::model_missing:
      return "model_missing";
    case FailureClass::account_setting:
      return "account_setting";
    case FailureClass::model_slip:
      return "model_slip";
    case FailureClass::provider_sick:
      return "provider_sick";
    case FailureClass::bad_request:
      return "bad_request";
    case FailureClass::provider_error:
      return "provider_error";
    case FailureClass::connect_failed:
      return "connect_failed";
    case FailureClass::timed_out:
      return "timed_out";
    case FailureClass::dead_turn:
      return "dead_turn";
    case FailureClass::client_gone:
      return "client_gone";
  }
  return "unknown";
}

std::string_view to_string(Scope scope) {
  switch (scope) {
    case Scope::request:
      return "request";
    case Scope::model_key:
      return "model_key";
    case Scope::model:
      return "model";
    case Scope::key:
      return "key";
    case Scope::platform:
      return "platform";
  }
  return "unknown";
}

}  // namespace freellm::chat
