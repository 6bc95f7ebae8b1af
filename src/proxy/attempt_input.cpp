#include "attempt_input.hpp"

#include <boost/asio/error.hpp>

#include "attempt_failure.hpp"
#include "freellm/provider/openai_compat.hpp"
#include "freellm/provider/rescue.hpp"
#include "known_secrets.hpp"

namespace freellm::proxy {
namespace {

using chat::FailureClass;

constexpr std::size_t kMaxErrorBody = 64 * 1024;
constexpr std::size_t kMaxAnswer = 64U << 20;

}  // namespace

AttemptInput::AttemptInput(ChatTurn& turn, const provider::Adapter& adapter,
                           const provider::Route& route, UpstreamExchange& upstream,
                           AttemptOutput& output)
    : turn_(turn), adapter_(adapter), route_(route), upstream_(upstream), output_(output) {}

void AttemptInput::prepare() {
  if (turn_.request.stream) make_decoder(provider::BodyKind::event_stream);
}

void AttemptInput::make_decoder(provider::BodyKind kind) {
  decoder_ = adapter_.make_decoder(turn_.request, route_, kind);
  decodes_ = kind;
}

Progress AttemptInput::take(std::string_view bytes, Now now) {
  now_ = now;
  auto progress = Progress::reading;
  auto& http = upstream_.http();
  const auto used = http.feed(bytes, [&](std::string_view body) {
    if (!head_seen_) progress = on_head();
    if (progress == Progress::reading) progress = on_body(body);
  });
  if (!used) return fail(plain_failure(FailureClass::provider_error, used.error().message));
  if (progress == Progress::reading && !head_seen_ && http.head_complete()) progress = on_head();
  if (progress == Progress::reading && http.message_complete()) progress = on_message_end();
  if (*used < bytes.size() && progress != Progress::failed) upstream_.close();
  return progress;
}

Progress AttemptInput::take_end(const net::IoResult& end, Now now) {
  now_ = now;
  if (turn_.abort.reason() == net::AbortReason::timed_out) {
    return fail(
        plain_failure(FailureClass::timed_out, "waited too long for " + std::string{turn_.phase}));
  }
  if (turn_.abort.fired()) return fail(plain_failure(FailureClass::client_gone, "given up"));
  if (end.ec == boost::asio::error::eof && upstream_.http().feed_eof()) {
    const auto progress = head_seen_ ? Progress::reading : on_head();
    return progress == Progress::reading ? on_message_end() : progress;
  }
  return fail(plain_failure(FailureClass::connect_failed,
                            upstream_.http().started()
                                ? "the connection broke in the middle of the answer"
                                : "the connection broke before an answer"));
}

Progress AttemptInput::on_head() {
  head_seen_ = true;
  const auto& head = upstream_.http().head();
  if (const auto limits = adapter_.observe_limits(route_, head.headers, now_); !limits.empty()) {
    turn_.planner.observed(limits, now_);
  }
  if (head.status != 200) return Progress::reading;  // the body explains
  const auto type = head.content_type();
  if (wire::iequals(type, "text/html")) {
    return fail(plain_failure(FailureClass::provider_error, "an HTML page instead of an answer"));
  }
  if (const auto coding = head.headers.find("Content-Encoding");
      coding && !coding->empty() && !wire::iequals(*coding, "identity")) {
    return fail(plain_failure(FailureClass::provider_error,
                              "a compressed answer, though none was asked for"));
  }
  answer_ok_ = true;
  const bool is_stream =
      wire::iequals(type, "text/event-stream") || (turn_.request.stream && type.empty());
  if (is_stream) upstream_.http().drop_fields();
  start_decoding(is_stream ? provider::BodyKind::event_stream : provider::BodyKind::json);
  return Progress::reading;
}

Progress AttemptInput::on_body(std::string_view bytes) {
  if (!answer_ok_) {
    error_body_ += bytes.substr(0, kMaxErrorBody - error_body_.size());
    return error_body_.size() == kMaxErrorBody ? on_error_answer() : Progress::reading;
  }
  if (const Status fed = decoder_->feed(bytes, *normalizer_); !fed)
    return fail(decoder_->failure());
  if (output_.collected() > kMaxAnswer) {
    return fail(plain_failure(FailureClass::provider_error, "an answer of more than 64 MiB"));
  }
  if (normalizer_->has_payload()) note_first_token();
  return decoder_->complete() ? on_message_end() : Progress::reading;
}

/// The answer is over, by its own word ([DONE]) or by the end of the message.
Progress AttemptInput::on_message_end() {
  if (!answer_ok_) return on_error_answer();
  if (const Status finished = decoder_->finish(*normalizer_); !finished)
    return fail(decoder_->failure());
  normalizer_->finish();
  if (!output_.committed() && !normalizer_->has_answer() && !was_cut_by_client()) {
    return fail(plain_failure(FailureClass::dead_turn, "an answer without content"));
  }
  if (is_json_cut_short()) {
    return fail(plain_failure(FailureClass::model_slip, "JSON cut short at the model's own limit"));
  }
  note_first_token();
  output_.end_events();
  return Progress::finished;
}

/// Half a JSON document is of no use to anybody. When the client set no bound itself and left the
/// model to us, another one may have room for the whole of it.
bool AttemptInput::is_json_cut_short() const {
  const auto& request = turn_.request;
  return !output_.committed() && request.needs.json && !request.max_tokens &&
         (request.model.empty() || request.model == "auto") &&
         normalizer_->finish_reason() == chat::FinishReason::length;
}

/// Programs that only want to know whether anybody is there ask for a token or two. A reasoning
/// model spends them before its first word, and that is the answer.
bool AttemptInput::was_cut_by_client() const {
  constexpr std::int64_t kFew = 64;
  const auto bound = turn_.request.max_tokens.value_or(kFew + 1);
  return bound <= kFew && normalizer_->finish_reason() == chat::FinishReason::length;
}

Progress AttemptInput::on_error_answer() {
  const auto& head = upstream_.http().head();
  poll_ = provider::poll_request(head.status, head.headers, route_);
  if (poll_) return Progress::promised;
  auto failure = adapter_.classify(head.status, head.headers, error_body_, route_, now_);
  if (failure.failure == FailureClass::model_slip && !turn_.tools.empty()) {
    start_decoding(provider::BodyKind::json);
    if (provider::rescue_failed_generation(error_body_, turn_.request, *normalizer_)) {
      normalizer_->finish();
      output_.end_events();
      note_first_token();
      return Progress::finished;
    }
  }
  if (failure.message.empty()) {
    failure.message = "the provider answered " + std::to_string(head.status) + " without a reason";
  }
  return fail(std::move(failure));
}

Progress AttemptInput::fail(chat::UpstreamFailure failure) {
  failure_ = std::move(failure);
  failure_.message = without_key(failure_.message, route_.key);
  failure_.code = without_key(failure_.code, route_.key);
  return Progress::failed;
}

void AttemptInput::start_decoding(provider::BodyKind kind) {
  const chat::NormalizerOptions options{.tools = turn_.tools.empty() ? nullptr : &turn_.tools,
                                        .prompt_tokens = turn_.request.needs.prompt_tokens};
  normalizer_.emplace(output_.begin(now_), options, turn_.ex.worker.net.random());
  if (!decoder_ || decodes_ != kind) make_decoder(kind);
}

void AttemptInput::note_first_token() {
  if (!first_token_) first_token_ = now_.steady;
}

std::optional<chat::Usage> AttemptInput::usage() const {
  return normalizer_ ? normalizer_->usage() : std::nullopt;
}

}  // namespace freellm::proxy
