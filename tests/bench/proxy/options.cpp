#include "options.hpp"

#include <cstdio>
#include <stdexcept>
#include <string_view>

namespace load {
namespace {

constexpr const char* kUsage =
    R"(freellm-load: load on one OpenAI-compatible endpoint of 127.0.0.1

  --port N --path PATH       where to
  --model NAME --key KEY     what the request says
  --prompt-bytes N           size of the request body
  --stream                   ask for a stream and count its events
  --connections N            each sends its next request when the last answer is complete
  --rate N                   instead: begin N requests a second, on whichever connection is free
  --ramp-ms N                open the connections evenly over this time
  --warmup-ms N              then run this long without counting
  --duration-ms N            then count
  --pid P                    a process to measure meanwhile; may be repeated
)";

void set(Options& options, std::string_view name, const std::string& value) {
  if (name == "--port") {
    options.port = static_cast<std::uint16_t>(std::stoul(value));
  } else if (name == "--path") {
    options.path = value;
  } else if (name == "--model") {
    options.model = value;
  } else if (name == "--key") {
    options.key = value;
  } else if (name == "--prompt-bytes") {
    options.prompt_bytes = std::stoul(value);
  } else if (name == "--connections") {
    options.connections = std::stoul(value);
  } else if (name == "--rate") {
    options.rate = std::stoul(value);
  } else if (name == "--ramp-ms") {
    options.ramp = Millis{std::stol(value)};
  } else if (name == "--warmup-ms") {
    options.warm_up = Millis{std::stol(value)};
  } else if (name == "--duration-ms") {
    options.duration = Millis{std::stol(value)};
  } else if (name == "--pid") {
    options.pids.push_back(std::stoi(value));
  } else {
    throw std::invalid_argument("unknown");
  }
}

/// Prose with the line breaks and quotation marks that real prompts hold, escaped for JSON.
std::string prose(std::size_t bytes) {
  static constexpr std::string_view kSentence =
      R"(The committee read the \"final\" draft twice, found nothing to add, and went home early.\n)";
  std::string text;
  while (text.size() < bytes) text += kSentence;
  return text;
}

std::string body_of(const Options& options) {
  std::string body =
      R"({"model":")" + options.model +
      R"(","messages":[)"
      R"({"role":"system","content":"You are a careful editor. Answer in one paragraph."})";
  constexpr std::size_t kTurnBytes = 4000;
  constexpr std::size_t kRestBytes = 120;
  for (std::size_t turn = 0; body.size() + kRestBytes < options.prompt_bytes; ++turn) {
    const auto left = options.prompt_bytes - body.size() - kRestBytes;
    body +=
        turn % 2 == 0 ? R"(,{"role":"user","content":")" : R"(,{"role":"assistant","content":")";
    body += prose(std::min(left, kTurnBytes)) + "\"}";
  }
  body += R"(],"temperature":0.7,"max_tokens":200)";
  body += options.stream ? R"(,"stream":true})" : "}";
  return body;
}

}  // namespace

std::optional<Options> parse_options(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--stream") {
      options.stream = true;
      continue;
    }
    try {
      if (i + 1 >= argc) throw std::invalid_argument("no value");
      set(options, name, argv[++i]);
    } catch (const std::exception&) {
      std::fprintf(stderr, "freellm-load: cannot read option %s\n%s", std::string{name}.c_str(),
                   kUsage);
      return std::nullopt;
    }
  }
  if (options.port != 0 && !options.path.empty() && options.connections > 0) return options;
  std::fputs(kUsage, stderr);
  return std::nullopt;
}

std::string request_bytes(const Options& options) {
  const auto body = body_of(options);
  std::string head =
      "POST " + options.path + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(options.port) +
      "\r\nContent-Type: application/json\r\nAccept: */*\r\nUser-Agent: freellm-load\r\n";
  if (!options.key.empty()) head += "Authorization: Bearer " + options.key + "\r\n";
  return head + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace load
