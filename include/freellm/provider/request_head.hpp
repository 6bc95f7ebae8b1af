#pragma once
// Writes the head of an upstream request. Pure.
//
// Every head says Host, Accept-Encoding: identity (tokens must not wait for a compressor) and
// Connection: keep-alive, and a Content-Length when there is a body. A value that could break out
// of its line (control characters, as in a key pasted with its line end) is refused here, once for
// all adapters.

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "freellm/base/result.hpp"
#include "freellm/wire/url.hpp"

namespace freellm::provider {

struct HeaderLine {
  std::string_view name;
  std::string_view value;
};

struct HeadSpec {
  std::string_view method = "POST";
  const wire::Origin& origin;
  std::string_view prefix;  ///< the base URL's path prefix; may be empty
  std::string_view target;  ///< appended to `prefix`: "/chat/completions"
  std::span<const HeaderLine> headers = {};
  std::string_view bearer = {};  ///< credential for `Authorization: Bearer`; empty = no such header
  std::optional<std::size_t> content_length =
      std::nullopt;  ///< set: also Content-Type: application/json
};

/// The head with its blank line. Errors are upstream_auth when the credential holds a control or
/// non-ASCII character (the message does not show it), configuration for any other bad part.
[[nodiscard]] Result<std::string> write_request_head(const HeadSpec& spec);

/// True when `text` may stand in a header line: visible ASCII, spaces and tabs.
[[nodiscard]] bool is_header_safe(std::string_view text);

}  // namespace freellm::provider
