#include "freellm/wire/http1_response_decoder.hpp"

#include <algorithm>

#include "wire/beast_head_parser.hpp"

namespace freellm::wire {
namespace {

Error broken(std::string message) {
  return Error{.kind = ErrorKind::upstream_protocol,
               .source = ErrorSource::upstream,
               .retry = Retry::next_route,
               .message = std::move(message),
               .code = "upstream_protocol"};
}

bool wants_keep_alive(const HeaderList& headers, int version) {
  bool keep_alive = version >= 11;
  for (const auto& field : headers) {
    if (!iequals(field.name, "Connection")) continue;
    if (list_has_token(field.value, "close")) return false;
    if (list_has_token(field.value, "keep-alive")) keep_alive = true;
  }
  return keep_alive;
}

}  // namespace

std::string_view ResponseHead::content_type() const {
  const auto value = headers.find("Content-Type").value_or(std::string_view{});
  return trim_ows(value.substr(0, value.find(';')));
}

Result<std::size_t> Http1ResponseDecoder::feed(std::string_view bytes, BodySink body) {
  std::size_t used = 0;
  if (state_ == State::head) {
    auto taken = feed_head(bytes);
    if (!taken) return taken;
    used = *taken;
  }
  if (state_ == State::head || state_ == State::complete) return used;
  auto taken = feed_body(bytes.substr(used), body);
  if (!taken) return taken;
  return used + *taken;
}

Result<std::size_t> Http1ResponseDecoder::feed_head(std::string_view bytes) {
  std::size_t used = 0;
  while (state_ == State::head && used < bytes.size()) {
    const auto progress = buffer_.feed(bytes.substr(used));
    switch (progress.state) {
      case HeadBuffer::State::bare_line_feed:
        return broken("a header line does not end with CR LF");
      case HeadBuffer::State::too_large:
        return broken("the response head exceeds 64 KiB");
      case HeadBuffer::State::incomplete:
        return used + progress.consumed;
      case HeadBuffer::State::complete:
        break;
    }
    used += progress.consumed;
    if (auto accepted = accept_head(progress.head); !accepted) return accepted.error();
    buffer_.clear();
  }
  return used;
}

Status Http1ResponseDecoder::accept_head(std::string_view bytes) {
  head_.headers.clear();
  detail::BeastHeadParser<false> parser{head_.headers, kMaxFields};
  if (const auto ec = parser.parse(bytes))
    return broken("malformed response head: " + ec.message());
  if (parser.status < 100 || parser.status > 599) return broken("impossible status code");
  if (parser.status == 101) return broken("the upstream switches protocols without being asked");
  if (parser.status < 200) {
    return ++interim_ <= kMaxInterim ? Status{} : broken("too many interim responses");
  }
  head_.status = parser.status;
  // skip(true) hides the body from Beast, not what the fields say about it.
  head_.chunked = parser.chunked();
  head_.content_length.reset();
  if (const auto length = parser.content_length()) head_.content_length = *length;
  const auto coding = head_.headers.find("Transfer-Encoding");
  if (coding && !iequals(*coding, "chunked")) return broken("unknown transfer coding");

  left_ = head_.content_length.value_or(0);
  state_ = state_after_head();
  head_.keep_alive =
      state_ != State::body_until_close && wants_keep_alive(head_.headers, parser.version);
  return {};
}

Http1ResponseDecoder::State Http1ResponseDecoder::state_after_head() const {
  if (request_ == ResponseTo::head || head_.status == 204 || head_.status == 304)
    return State::complete;
  if (head_.chunked) return State::chunked_body;
  if (!head_.content_length) return State::body_until_close;
  return left_ > 0 ? State::sized_body : State::complete;
}

Result<std::size_t> Http1ResponseDecoder::feed_body(std::string_view bytes, BodySink body) {
  if (state_ == State::chunked_body) {
    const auto used = chunks_.feed(bytes, body);
    if (!used) return broken("malformed chunked body");
    if (chunks_.complete()) state_ = State::complete;
    return *used;
  }
  const auto size = state_ == State::sized_body
                        ? static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()))
                        : bytes.size();
  if (size > 0) body(bytes.substr(0, size));
  if (state_ == State::sized_body && (left_ -= size) == 0) state_ = State::complete;
  return size;
}

Status Http1ResponseDecoder::feed_eof() {
  if (state_ == State::body_until_close) state_ = State::complete;
  if (state_ == State::complete) return {};
  return broken(state_ == State::head ? "the connection closed before an answer"
                                      : "the connection closed in the middle of the answer");
}

void Http1ResponseDecoder::reset(ResponseTo request) {
  head_.status = 0;
  head_.headers.clear();
  head_.keep_alive = false;
  head_.chunked = false;
  head_.content_length.reset();
  buffer_.clear();
  chunks_.reset();
  left_ = 0;
  interim_ = 0;
  state_ = State::head;
  request_ = request;
}

}  // namespace freellm::wire
