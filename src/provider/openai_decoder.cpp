// Decodes OpenAI-shaped answers: streams, and whole JSON bodies, told apart by their first byte,
// because a stream request may be answered by one document and the Content-Type is not always
// honest.

#include <algorithm>
#include <string>

#include "freellm/provider/openai_compat.hpp"
#include "freellm/wire/sse.hpp"
#include "provider/dead_answer.hpp"
#include "provider/openai_event.hpp"
#include "provider/utf8_repair.hpp"

namespace freellm::provider {

namespace {

using chat::FailureClass;
using chat::Scope;

constexpr std::size_t kMaxJsonBody = 32 * 1024 * 1024;
constexpr int kMaxMalformedInRow = 5;

/// Bytes that may stand before an answer: white space (some edges keep a slow answer alive with it)
/// and a byte order mark.
bool is_preamble(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\xef' || c == '\xbb' ||
         c == '\xbf';
}

class OpenAiDecoder final : public ResponseDecoder {
 public:
  OpenAiDecoder(const QuirkSet& quirks, std::string_view model_id)
      : quirks_(quirks), model_id_(model_id), reader_(quirks), gate_(quirks.dead_answers) {}

  Status feed(std::string_view bytes, chat::DeltaSink& out) override;
  Status finish(chat::DeltaSink& out) override;
  bool complete() const override { return done_; }
  const chat::UpstreamFailure& failure() const override { return failure_; }
  bool only_liveness() const override { return only_liveness_; }

 private:
  enum class Shape : std::uint8_t { unknown, stream, json, html };

  Status feed_stream(std::string_view bytes);
  Status keep_json(std::string_view bytes);
  Status finish_json();
  void on_event(const wire::SseEvent& event);
  void on_document(std::string_view json);
  void fail(FailureClass failure, Scope scope, std::string message);
  [[nodiscard]] Status status() const;
  [[nodiscard]] Status end_of_answer();

  const QuirkSet& quirks_;
  std::string model_id_;
  EventReader reader_;
  DeadAnswerGate gate_;
  wire::SseDecoder sse_;
  Shape shape_ = Shape::unknown;
  std::string body_;      ///< of a JSON answer
  std::string repaired_;  ///< scratch for documents with invalid UTF-8
  chat::UpstreamFailure failure_;
  int malformed_in_row_ = 0;
  bool failed_ = false;
  bool done_ = false;
  bool saw_event_ = false;
  bool only_liveness_ = false;
};

void OpenAiDecoder::fail(FailureClass failure, Scope scope, std::string message) {
  failure_ = {.failure = failure,
              .scope = scope,
              .http_status = 0,
              .retry_after = std::nullopt,
              .limits = {},
              .message = std::move(message),
              .code = {}};
  failed_ = true;
}

Status OpenAiDecoder::status() const {
  if (!failed_) return {};
  return Error{.kind = ErrorKind::upstream_protocol,
               .source = ErrorSource::upstream,
               .retry = Retry::next_route,
               .http_status = failure_.http_status,
               .message = failure_.message};
}

Status OpenAiDecoder::feed(std::string_view bytes, chat::DeltaSink& out) {
  only_liveness_ = false;
  if (failed_ || done_) return status();
  gate_.pass_to(out);
  if (shape_ == Shape::unknown) {
    const auto start = std::find_if_not(bytes.begin(), bytes.end(), is_preamble);
    bytes.remove_prefix(static_cast<std::size_t>(start - bytes.begin()));
    if (bytes.empty()) {
      only_liveness_ = true;
      return {};
    }
    const char first = bytes.front();
    shape_ = first == '{' || first == '[' || first == '"' ? Shape::json
             : first == '<'                               ? Shape::html
                                                          : Shape::stream;
  }
  if (shape_ == Shape::stream) return feed_stream(bytes);
  return keep_json(bytes);
}

Status OpenAiDecoder::feed_stream(std::string_view bytes) {
  const auto signs = sse_.liveness_signs();
  saw_event_ = false;
  const auto fed = sse_.feed(bytes, [&](const wire::SseEvent& event) { on_event(event); });
  only_liveness_ = !saw_event_ && sse_.liveness_signs() != signs && !sse_.has_partial_event();
  if (!fed && !failed_) fail(FailureClass::provider_error, Scope::model, fed.error().message);
  return status();
}

Status OpenAiDecoder::keep_json(std::string_view bytes) {
  if (body_.size() + bytes.size() > kMaxJsonBody) {
    fail(FailureClass::provider_error, Scope::model, "the answer is larger than 32 MiB");
    return status();
  }
  if (shape_ == Shape::json) body_.append(bytes);
  return {};
}

void OpenAiDecoder::on_event(const wire::SseEvent& event) {
  if (failed_ || done_ || event.data.empty()) return;  // an empty one is a sign of life at most
  saw_event_ = true;
  if (event.data.starts_with("[DONE]")) {
    done_ = true;
    (void)end_of_answer();
    return;
  }
  on_document(event.data);
}

void OpenAiDecoder::on_document(std::string_view json) {
  auto kind = reader_.read(json, gate_);
  if (kind == EventKind::malformed && repair_utf8(json, repaired_)) {
    json = repaired_;
    kind = reader_.read(json, gate_);
  }
  if (kind == EventKind::malformed) {
    if (++malformed_in_row_ >= kMaxMalformedInRow) {
      fail(FailureClass::provider_error, Scope::model, "five stream events in a row are not JSON");
    }
    return;
  }
  malformed_in_row_ = 0;
  if (kind == EventKind::answer) return;
  const auto facts = read_error(200, reader_.error_body());
  failure_ = classify_error(facts, {}, quirks_.errors, model_id_, std::nullopt);
  if (failure_.message.empty())
    failure_.message = "the provider gave up in the middle of its answer";
  failed_ = true;
}

/// After [DONE], or at the end of a body that said how it finished.
Status OpenAiDecoder::end_of_answer() {
  if (failed_) return status();
  if (gate_.ended_dead()) {
    fail(FailureClass::dead_turn, Scope::model,
         "the provider answered with a filter's verdict instead of a reply");
  } else if (!reader_.saw_finish() && !reader_.saw_payload()) {
    fail(FailureClass::dead_turn, Scope::model, "the answer ended without any content");
  }
  return status();
}

Status OpenAiDecoder::finish(chat::DeltaSink& out) {
  gate_.pass_to(out);
  if (failed_ || done_) return status();
  if (shape_ == Shape::json) return finish_json();
  if (shape_ == Shape::html) {
    fail(FailureClass::provider_error, Scope::platform, "an HTML page came instead of an answer");
    return status();
  }
  const auto ended = sse_.finish([&](const wire::SseEvent& event) { on_event(event); });
  if (failed_ || done_) return status();
  if (!ended || !reader_.saw_finish()) {
    fail(FailureClass::provider_error, Scope::model,
         shape_ == Shape::unknown ? "the answer is empty" : "the stream broke off before its end");
    return status();
  }
  return end_of_answer();
}

Status OpenAiDecoder::finish_json() {
  on_document(body_);
  if (failed_) return status();
  if (malformed_in_row_ != 0) {  // an array: some hosts wrap an error in one
    const auto facts = read_error(200, body_);
    if (facts.body == ErrorBody::json) {
      failure_ = classify_error(facts, {}, quirks_.errors, model_id_, std::nullopt);
      failed_ = true;
    } else {
      fail(FailureClass::provider_error, Scope::model, "the answer is cut short or no JSON");
    }
    return status();
  }
  done_ = true;
  return end_of_answer();
}

}  // namespace

std::unique_ptr<ResponseDecoder> make_openai_decoder(const QuirkSet& quirks,
                                                     std::string_view model_id, BodyKind) {
  return std::make_unique<OpenAiDecoder>(quirks, model_id);
}

}  // namespace freellm::provider
