#include "io/http.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace simulator {
namespace {

constexpr std::size_t kMaxHead = 64 * 1024;
constexpr std::size_t kMaxBody = 128 * 1024 * 1024;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool parse_start_line(std::string_view line, HttpRequest& request) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return false;
  request.method = line.substr(0, first);
  request.target = line.substr(first + 1, last - first - 1);
  const auto version = line.substr(last + 1);
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return false;
  request.keep_alive = version == "HTTP/1.1";
  const auto question = request.target.find('?');
  request.path = request.target.substr(0, question);
  request.query = question == std::string_view::npos ? "" : request.target.substr(question + 1);
  return !request.target.empty() && request.target.front() == '/';
}

/// What the head says about the body.
struct Framing {
  std::size_t content_length = 0;
  bool is_chunked = false;
  bool wants_continue = false;
  bool is_bad = false;
};

void read_framing_header(const Header& header, HttpRequest& request, Framing& framing) {
  // Switching on the length first keeps the hot path at one comparison for most headers.
  switch (header.name.size()) {
    case 6:
      if (equals_ignoring_case(header.name, "expect")) framing.wants_continue = true;
      break;
    case 10:
      if (!equals_ignoring_case(header.name, "connection")) break;
      if (equals_ignoring_case(header.value, "close")) request.keep_alive = false;
      break;
    case 14: {
      if (!equals_ignoring_case(header.name, "content-length")) break;
      const auto* end = header.value.data() + header.value.size();
      const auto got = std::from_chars(header.value.data(), end, framing.content_length);
      framing.is_bad |= got.ec != std::errc{} || got.ptr != end;
      break;
    }
    case 17:
      if (equals_ignoring_case(header.name, "transfer-encoding"))
        framing.is_chunked = equals_ignoring_case(header.value, "chunked");
      break;
    default:
      break;
  }
}

bool parse_head(std::string_view head, HttpRequest& request, Framing& framing) {
  auto end = head.find("\r\n");
  if (!parse_start_line(head.substr(0, end), request)) return false;
  request.headers.clear();
  while (end != std::string_view::npos && end + 2 < head.size()) {
    head.remove_prefix(end + 2);
    end = head.find("\r\n");
    const auto line = head.substr(0, end);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) return false;
    request.headers.push_back({line.substr(0, colon), trim(line.substr(colon + 1))});
    read_framing_header(request.headers.back(), request, framing);
  }
  return !framing.is_bad;
}

/// Joins the chunks at the front of `bytes`; `consumed` covers the trailer too.
ParseResult dechunk(std::string_view bytes, std::string& out) {
  out.clear();
  std::size_t at = 0;
  for (;;) {
    const auto line_end = bytes.find("\r\n", at);
    if (line_end == std::string_view::npos) return {};
    std::size_t size = 0;
    const auto got = std::from_chars(bytes.data() + at, bytes.data() + line_end, size, 16);
    if (got.ec != std::errc{} || size > kMaxBody) return {ParseStatus::bad, 0};
    at = line_end + 2;
    if (size == 0) {
      const auto end = bytes.substr(at).starts_with("\r\n") ? at : bytes.find("\r\n\r\n", at);
      if (end == std::string_view::npos) return {};
      return {ParseStatus::complete, end == at ? at + 2 : end + 4};
    }
    if (bytes.size() < at + size + 2) return {};
    out.append(bytes.substr(at, size));
    at += size + 2;
  }
}

}  // namespace

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view HttpRequest::header(std::string_view name) const {
  for (const auto& header : headers)
    if (equals_ignoring_case(header.name, name)) return header.value;
  return {};
}

std::string HttpRequest::parameter(std::string_view name) const {
  auto rest = query;
  while (!rest.empty()) {
    const auto amp = rest.find('&');
    const auto pair = rest.substr(0, amp);
    const auto equals = pair.find('=');
    if (pair.substr(0, equals) == name)
      return equals == std::string_view::npos ? "" : percent_decode(pair.substr(equals + 1));
    rest = amp == std::string_view::npos ? "" : rest.substr(amp + 1);
  }
  return {};
}

std::string percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(text.data() + i + 1, text.data() + i + 3, value, 16).ptr ==
            text.data() + i + 3) {
      out.push_back(static_cast<char>(value));
      i += 2;
    } else {
      out.push_back(text[i] == '+' ? ' ' : text[i]);
    }
  }
  return out;
}

ParseResult parse_request(std::string_view buffer, HttpRequest& request) {
  const auto head_end = buffer.find("\r\n\r\n");
  if (head_end == std::string_view::npos)
    return {buffer.size() > kMaxHead ? ParseStatus::too_large : ParseStatus::need_more, 0};
  Framing framing;
  if (!parse_head(buffer.substr(0, head_end), request, framing)) return {ParseStatus::bad, 0};
  const auto rest = buffer.substr(head_end + 4);
  if (framing.is_chunked) {
    auto result = dechunk(rest, request.dechunked);
    if (result.status == ParseStatus::complete) {
      request.body = request.dechunked;
      result.consumed += head_end + 4;
    }
    return result;
  }
  if (framing.content_length > kMaxBody) return {ParseStatus::too_large, 0};
  if (rest.size() < framing.content_length)
    return {framing.wants_continue && rest.empty() ? ParseStatus::expects_continue
                                                   : ParseStatus::need_more,
            0};
  request.body = rest.substr(0, framing.content_length);
  return {ParseStatus::complete, head_end + 4 + framing.content_length};
}

}  // namespace simulator
