#pragma once
// What an endpoint of /api is given and what it gives back. Plain values: they cross from the I/O
// thread to the admin thread and back.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "freellm/base/clock.hpp"
#include "freellm/base/result.hpp"

namespace freellm::routing {
class RouteIndex;
}

namespace freellm::server::admin {

class Admin;

/// Who asks.
struct Caller {
  std::int64_t session = 0;  ///< 0 = none: the admin token, or an open endpoint
  std::string session_token;
  std::string address;  ///< without the port; behind a trusted proxy that of the client
  std::string origin;   ///< as the client sees us: "https://llm.example"
  std::string user_agent;
  bool is_local = false;  ///< loopback, and not through a proxy that says otherwise
  bool is_https = false;  ///< as a proxy in front tells
};

struct Request {
  std::string argument;  ///< what stood for {id}
  std::string query;
  std::string body;
  std::string if_match;
  Caller caller;
  Now now;
  std::shared_ptr<const routing::RouteIndex> routes;  ///< in force where the request came in
};

struct Reply {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
};

/// Runs on the admin thread and may block. An Error becomes the answer's error body.
using Handler = Result<Reply> (*)(Admin&, const Request&);

/// An error of /api: its status, stable code and text as the client gets them.
[[nodiscard]] Error refusal(int status, std::string code, std::string message,
                            std::string param = {});

/// "2026-11-23T04:05:06.789Z"
[[nodiscard]] std::string iso_time(WallTime time);
[[nodiscard]] std::optional<WallTime> parse_iso_time(std::string_view text);

}  // namespace freellm::server::admin
