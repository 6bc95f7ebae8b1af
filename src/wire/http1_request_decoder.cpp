#include "freellm/wire/http1_request_decoder.hpp"

#include <algorithm>

#include "freellm/wire/url.hpp"
#include "wire/beast_head_parser.hpp"

namespace freellm::wire {
namespace {

namespace http = boost::beast::http;

// RFC 9112 §2.2 asks to ignore "at least one" empty line before a request; some clients send one
// after a body.
constexpr int kMaxLeadingBlankLines = 2;

Error refusal(int status, std::string message) {
  const bool too_large = status == 413 || status == 414 || status == 431;
  return Error{.kind = too_large ? ErrorKind::payload_too_large : ErrorKind::bad_request,
               .source = ErrorSource::downstream,
               .http_status = status,
               .message = std::move(message),
               .code = "invalid_http"};
}

bool may_begin_request(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '\r';
}

std::string_view request_line(std::string_view head) { return head.substr(0, head.find('\r')); }

/// "HTTP/2.0" and the like: well-formed, but not ours.
bool names_other_http_version(std::string_view line) {
  const auto version = line.substr(std::min(line.size(), line.rfind(' ') + 1));
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return version.size() == 8 && version.starts_with("HTTP/") && digit(version[5]) &&
         version[6] == '.' && digit(version[7]);
}

/// A continuation line (obs-fold): refused, as RFC 9112 §5.2 tells servers to.
bool has_folded_line(std::string_view head) {
  return head.find("\n ") != std::string_view::npos || head.find("\n\t") != std::string_view::npos;
}

Error explain(boost::beast::error_code ec, std::string_view head) {
  const auto line = request_line(head);
  if (ec == http::error::bad_version && names_other_http_version(line)) {
    return refusal(505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
  }
  if (ec == http::error::header_limit) return refusal(431, "too many header fields");
  return refusal(400, "malformed request: " + ec.message());
}

Status check_transfer_encoding(RequestHead& head) {
  const auto coding = head.headers.find("Transfer-Encoding");
  if (!coding) return {};
  if (head.version < 11) return refusal(400, "Transfer-Encoding needs HTTP/1.1");
  if (head.headers.contains("Content-Length") || head.headers.count("Transfer-Encoding") > 1) {
    return refusal(400, "the length of the body is stated more than once");
  }
  if (!iequals(*coding, "chunked"))
    return refusal(501, "chunked is the only transfer coding spoken here");
  head.chunked = true;
  return {};
}

Status check_content_length(RequestHead& head) {
  const auto text = head.headers.find("Content-Length");
  if (!text) return {};
  if (head.headers.count("Content-Length") > 1) return refusal(400, "doubled Content-Length");
  // 18 digits cannot overflow and are beyond any real body. Signs, spaces and lists are refused.
  if (text->empty() || text->size() > 18 ||
      !std::all_of(text->begin(), text->end(), [](char c) { return c >= '0' && c <= '9'; })) {
    return refusal(400, "malformed Content-Length");
  }
  std::uint64_t length = 0;
  for (const char c : *text) length = length * 10 + static_cast<unsigned>(c - '0');
  head.content_length = length;
  return {};
}

Status check_host(const RequestHead& head) {
  const auto hosts = head.headers.count("Host");
  if (hosts > 1) return refusal(400, "doubled Host");
  if (hosts == 0) return head.version < 11 ? Status{} : refusal(400, "missing Host");
  const auto host = *head.headers.find("Host");
  const bool plain = std::all_of(host.begin(), host.end(), [](char c) {
    const bool is_alnum =
        (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    return is_alnum || std::string_view{"-._:[]%~"}.find(c) != std::string_view::npos;
  });
  return plain ? Status{} : refusal(400, "malformed Host");
}

void note_connection(RequestHead& head) {
  head.keep_alive = head.version >= 11;
  for (const auto& field : head.headers) {
    if (iequals(field.name, "Connection")) {
      if (list_has_token(field.value, "close")) {
        head.keep_alive = false;
        return;
      }
      if (list_has_token(field.value, "keep-alive")) head.keep_alive = true;
    }
  }
}

void note_expectation(RequestHead& head) {
  const auto expect = head.headers.find("Expect");
  head.expect_continue = head.version >= 11 && expect && iequals(*expect, "100-continue");
}

}  // namespace

Result<std::size_t> Http1RequestDecoder::feed(std::string_view bytes) {
  std::size_t used = 0;
  while (used < bytes.size()) {
    const auto rest = bytes.substr(used);
    if (buffer_.empty() && !may_begin_request(rest.front())) {
      return refusal(400, "these bytes are not HTTP/1.1");
    }
    const auto progress = buffer_.feed(rest);
    switch (progress.state) {
      case HeadBuffer::State::bare_line_feed:
        return refusal(400, "a line must end with CR LF");
      case HeadBuffer::State::too_large:
        return explain_oversize(rest);
      case HeadBuffer::State::incomplete:
        return used + progress.consumed;
      case HeadBuffer::State::complete:
        break;
    }
    used += progress.consumed;
    if (progress.head.size() > 2) {
      if (auto accepted = accept_head(progress.head); !accepted) return accepted.error();
      return used;
    }
    buffer_.clear();
    if (++blank_lines_ > kMaxLeadingBlankLines)
      return refusal(400, "empty lines instead of a request");
  }
  return used;
}

Error Http1RequestDecoder::explain_oversize(std::string_view bytes) const {
  const auto first = buffer_.empty() ? bytes : buffer_.held();
  if (first.find('\n') == std::string_view::npos)
    return refusal(414, "the request target is too long");
  return refusal(431, "the request head is too large");
}

Status Http1RequestDecoder::accept_head(std::string_view bytes) {
  if (request_line(bytes).size() > kMaxTargetBytes + 32)
    return refusal(414, "the request target is too long");
  if (has_folded_line(bytes)) return refusal(400, "folded header lines are not accepted");

  detail::BeastHeadParser<true> parser{head_.headers, kMaxFields};
  if (const auto ec = parser.parse(bytes)) return explain(ec, bytes);
  if (parser.target.size() > kMaxTargetBytes) return refusal(414, "the request target is too long");

  head_.method = detail::to_std(parser.method);
  head_.target = detail::to_std(parser.target);
  head_.version = parser.version;
  for (const auto check : {check_transfer_encoding, check_content_length}) {
    if (auto checked = check(head_); !checked) return checked;
  }
  if (auto checked = check_host(head_); !checked) return checked;
  auto target = parse_target(head_.target);
  if (!target) return target.error();
  head_.path = std::move(target->path);
  head_.query = std::move(target->query);
  note_connection(head_);
  note_expectation(head_);
  head_complete_ = true;
  return {};
}

Result<std::size_t> Http1RequestDecoder::feed_body(std::string_view bytes,
                                                   FunctionRef<void(std::string_view)> piece) {
  if (!head_.chunked) return std::size_t{0};
  const auto used = body_.feed(bytes, piece);
  if (!used) return refusal(400, "malformed chunked body");
  return *used;
}

bool Http1RequestDecoder::body_complete() const {
  if (!head_complete_) return false;
  return head_.chunked ? body_.complete() : head_.content_length.value_or(0) == 0;
}

void Http1RequestDecoder::reset() {
  head_.headers.clear();
  head_.method.clear();
  head_.target.clear();
  head_.path.clear();
  head_.query.clear();
  head_.version = 11;
  head_.keep_alive = true;
  head_.expect_continue = false;
  head_.chunked = false;
  head_.content_length.reset();
  buffer_.clear();
  body_.reset();
  head_complete_ = false;
  blank_lines_ = 0;
}

}  // namespace freellm::wire
