#include "io/script.hpp"

#include <charconv>
#include <cmath>

namespace simulator {

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 202:
      return "Accepted";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 402:
      return "Payment Required";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 410:
      return "Gone";
    case 413:
      return "Payload Too Large";
    case 422:
      return "Unprocessable Entity";
    case 429:
      return "Too Many Requests";
    case 500:
      return "Internal Server Error";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return "Status";
  }
}

std::string head_bytes(const Reply& reply, std::string_view framing_header) {
  std::string head = "HTTP/1.1 " + std::to_string(reply.status) + " ";
  head.append(reason_phrase(reply.status)).append("\r\n");
  if (!reply.content_type.empty())
    head.append("content-type: ").append(reply.content_type).append("\r\n");
  for (const auto& [name, value] : reply.headers)
    head.append(name).append(": ").append(value).append("\r\n");
  return head.append(framing_header).append("\r\n\r\n");
}

std::string as_chunk(std::string_view bytes) {
  char size[16];
  const auto end = std::to_chars(size, size + sizeof size, bytes.size(), 16).ptr;
  std::string chunk(size, end);
  return chunk.append("\r\n").append(bytes).append("\r\n");
}

Script to_script(const Reply& reply, const Pace& pace) {
  Script script;
  if (!reply.is_stream) {
    const auto length = "content-length: " + std::to_string(reply.body.size());
    script.steps.push_back({head_bytes(reply, length) + reply.body, pace.before_head});
    return script;
  }
  script.steps.push_back({head_bytes(reply, "transfer-encoding: chunked"), pace.before_head});
  for (const auto& event : reply.events) {
    Millis wait{0};
    if (pace.tokens_per_second > 0)
      wait = Millis{std::lround(1000.0 * event.tokens / pace.tokens_per_second)};
    script.steps.push_back({as_chunk(event.bytes), wait});
  }
  script.steps.push_back({"0\r\n\r\n", Millis{0}});
  return script;
}

}  // namespace simulator
