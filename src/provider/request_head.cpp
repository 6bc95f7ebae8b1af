#include "freellm/provider/request_head.hpp"

#include <algorithm>
#include <charconv>

namespace freellm::provider {

namespace {

constexpr std::string_view kUserAgent = "User-Agent: freellmapi/1\r\n";

Error broken(ErrorKind kind, std::string message) {
  return Error{.kind = kind,
               .source = ErrorSource::internal,
               .retry = Retry::next_route,
               .message = std::move(message)};
}

/// A request target has no spaces: they would end it.
bool is_target_safe(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

Status check(const HeadSpec& spec) {
  if (!is_target_safe(spec.prefix) || !is_target_safe(spec.target)) {
    return broken(ErrorKind::configuration,
                  "the upstream path holds a space or a control character");
  }
  if (!is_target_safe(spec.bearer)) {
    return broken(ErrorKind::upstream_auth,
                  "the stored key holds a space, control or non-ASCII character; enter it again");
  }
  for (const auto& header : spec.headers) {
    if (header.name.empty() || !is_target_safe(header.name) || !is_header_safe(header.value)) {
      return broken(ErrorKind::upstream_auth,
                    "header " + std::string(is_target_safe(header.name) ? header.name : "?") +
                        " for the upstream would hold a control or non-ASCII character");
    }
  }
  return {};
}

void append_line(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

bool names_user_agent(const HeaderLine& header) { return header.name == "User-Agent"; }

}  // namespace

bool is_header_safe(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= 0x20 && c < 0x7f) || c == '\t'; });
}

Result<std::string> write_request_head(const HeadSpec& spec) {
  if (auto checked = check(spec); !checked) return checked.error();
  std::size_t size = 384 + spec.prefix.size() + spec.target.size() + spec.bearer.size();
  for (const auto& header : spec.headers) size += header.name.size() + header.value.size() + 4;
  std::string out;
  out.reserve(size);  // growing would leave copies of the key behind
  out.append(spec.method).append(" ").append(spec.prefix).append(spec.target);
  if (spec.prefix.empty() && spec.target.empty()) out.push_back('/');
  out.append(" HTTP/1.1\r\n");
  append_line(out, "Host", spec.origin.host_header());
  // Cloudflare's edge answers 403 (error 1010) to a missing or library-default agent.
  if (std::none_of(spec.headers.begin(), spec.headers.end(), names_user_agent)) out += kUserAgent;
  for (const auto& header : spec.headers) append_line(out, header.name, header.value);
  if (!spec.bearer.empty()) out.append("Authorization: Bearer ").append(spec.bearer).append("\r\n");
  if (spec.content_length) {
    char digits[20];
    const auto end = std::to_chars(digits, digits + sizeof digits, *spec.content_length).ptr;
    out += "Content-Type: application/json\r\n";
    append_line(out, "Content-Length", {digits, static_cast<std::size_t>(end - digits)});
  }
  out += "Accept-Encoding: identity\r\nConnection: keep-alive\r\n\r\n";
  return out;
}

}  // namespace freellm::provider
