#include "provider/native/event_decoder.hpp"

#include <utility>

#include "freellm/wire/json_scan.hpp"
#include "provider/utf8_repair.hpp"

namespace freellm::provider::native {
namespace {

// The largest legitimate bodies are answers with generated images inside.
constexpr std::size_t kMaxBodyBytes = 32 * 1024 * 1024;
// One broken line is line noise of a proxy on the way; several in a row are not an event stream.
constexpr int kMaxBrokenInARow = 3;

constexpr std::string_view kDone = "[DONE]";

Error decode_error(const chat::UpstreamFailure& failure) {
  return Error{.kind = ErrorKind::upstream_protocol,
               .source = ErrorSource::upstream,
               .retry = Retry::next_route,
               .http_status = failure.http_status,
               .retry_after = failure.retry_after,
               .message = failure.message};
}

}  // namespace

Status EventDecoder::feed(std::string_view body_bytes, chat::DeltaSink& out) {
  only_liveness_ = false;
  if (!state_ || complete_) return state_;
  sniff(body_bytes);
  if (body_ == BodyKind::json) {
    if (whole_.size() + body_bytes.size() > kMaxBodyBytes) {
      return fail(chat::FailureClass::provider_error, "the answer is larger than 32 MiB");
    }
    whole_ += body_bytes;
    return {};
  }
  const auto documents = documents_;
  const auto signs = events_.liveness_signs();
  const auto fed =
      events_.feed(body_bytes, [&](const wire::SseEvent& event) { on_event(event.data, out); });
  if (!fed && state_) return fail(chat::FailureClass::provider_error, fed.error().message);
  only_liveness_ =
      documents_ == documents && events_.liveness_signs() > signs && !events_.has_partial_event();
  return state_;
}

Status EventDecoder::finish(chat::DeltaSink& out) {
  if (!state_) return state_;
  if (body_ == BodyKind::json) {
    if (auto decoded = decode_body(out); !decoded) return decoded;
  } else if (!complete_) {
    const auto ended =
        events_.finish([&](const wire::SseEvent& event) { on_event(event.data, out); });
    if (!ended && state_) return fail(chat::FailureClass::provider_error, ended.error().message);
  }
  if (!state_) return state_;
  return on_end(out);
}

/// The Content-Type is not always honest: a proxy may label either as the other.
void EventDecoder::sniff(std::string_view bytes) {
  if (sniffed_) return;
  const auto first = bytes.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return;
  sniffed_ = true;
  body_ = bytes[first] == '{' || bytes[first] == '[' ? BodyKind::json : BodyKind::event_stream;
}

void EventDecoder::on_event(std::string_view data, chat::DeltaSink& out) {
  if (!state_ || complete_ || data.empty()) return;  // an empty one is a sign of life at most
  if (data == kDone) {
    complete_ = true;
    return;
  }
  bool valid = wire::validate_json(data).has_value();
  if (!valid && repair_utf8(data, repaired_)) {
    data = repaired_;
    valid = wire::validate_json(data).has_value();
  }
  if (!valid) {
    if (++broken_in_a_row_ >= kMaxBrokenInARow) {
      state_ = fail(chat::FailureClass::provider_error, "the stream holds no JSON");
    }
    return;
  }
  broken_in_a_row_ = 0;
  ++documents_;
  if (auto status = on_document(data, out); !status) state_ = status;
}

Status EventDecoder::decode_body(chat::DeltaSink& out) {
  if (auto valid = wire::validate_json(whole_); !valid) {
    return fail(chat::FailureClass::provider_error,
                "the body is not complete JSON: " + valid.error().message);
  }
  if (wire::json_type(whole_) != wire::JsonType::array) return state_ = on_document(whole_, out);
  for (const auto element : wire::elements_of(whole_)) {
    if (complete_) break;
    if (state_ = on_document(element, out); !state_) break;
  }
  return state_;
}

Status EventDecoder::fail(chat::UpstreamFailure failure) {
  failure_ = std::move(failure);
  state_ = decode_error(failure_);
  return state_;
}

Status EventDecoder::fail(chat::FailureClass failure, std::string message) {
  chat::UpstreamFailure made;
  made.failure = failure;
  const bool about_content =
      failure == chat::FailureClass::content_policy || failure == chat::FailureClass::too_large;
  made.scope = about_content ? chat::Scope::request : chat::Scope::model;
  made.message = std::move(message);
  return fail(std::move(made));
}

}  // namespace freellm::provider::native
