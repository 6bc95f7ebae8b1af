#pragma once
// HTTP/1.1 requests, cut out of a byte buffer without copying, and small URL tools.
// A parsed request views the buffer it came from and must not outlive it.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace simulator {

struct Header {
  std::string_view name;
  std::string_view value;
};

struct HttpRequest {
  std::string_view method;
  std::string_view target;  ///< as sent
  std::string_view path;    ///< target up to '?'
  std::string_view query;   ///< after '?', undecoded
  std::vector<Header> headers;
  std::string_view body;  ///< dechunked
  std::string dechunked;  ///< storage behind `body` when the request was chunked
  bool keep_alive = true;

  /// Case-insensitive; empty when absent.
  [[nodiscard]] std::string_view header(std::string_view name) const;
  /// Decoded value of `name` in the query; empty when absent.
  [[nodiscard]] std::string parameter(std::string_view name) const;
};

enum class ParseStatus { need_more, expects_continue, complete, bad, too_large };

struct ParseResult {
  ParseStatus status = ParseStatus::need_more;
  std::size_t consumed = 0;  ///< bytes of the buffer this request took; only with `complete`
};

/// Reads one request from the front of `buffer` into `request`, which is reused between calls.
[[nodiscard]] ParseResult parse_request(std::string_view buffer, HttpRequest& request);

[[nodiscard]] std::string percent_decode(std::string_view text);
[[nodiscard]] bool equals_ignoring_case(std::string_view a, std::string_view b);

}  // namespace simulator
