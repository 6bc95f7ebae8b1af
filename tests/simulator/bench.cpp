#include "bench.hpp"

#include <algorithm>
#include <charconv>

namespace simulator {
namespace {

constexpr std::string_view kChat = "/v1/chat/completions";

struct Profile {
  std::size_t size = 1024;  ///< bytes of a whole answer's body
  std::size_t events = 40;  ///< of a stream
  std::size_t event_bytes = 200;
  std::size_t interval_ms = 0;  ///< between events; 0 = at once
  std::size_t first_ms = 0;     ///< before the first event; interval_ms unless told
  std::size_t delay_ms = 0;     ///< before the head
};

Profile parse_profile(std::string_view text) {
  Profile profile;
  bool has_first = false;
  while (!text.empty()) {
    const auto comma = text.find(',');
    const auto pair = text.substr(0, comma);
    const auto equals = pair.find('=');
    text = comma == std::string_view::npos ? "" : text.substr(comma + 1);
    if (equals == std::string_view::npos) continue;
    const auto name = pair.substr(0, equals);
    const auto value = pair.substr(equals + 1);
    std::size_t* target = name == "size"          ? &profile.size
                          : name == "events"      ? &profile.events
                          : name == "event_bytes" ? &profile.event_bytes
                          : name == "interval_ms" ? &profile.interval_ms
                          : name == "first_ms"    ? &profile.first_ms
                          : name == "delay_ms"    ? &profile.delay_ms
                                                  : nullptr;
    if (target == nullptr) continue;
    std::from_chars(value.data(), value.data() + value.size(), *target);
    has_first = has_first || name == "first_ms";
  }
  if (!has_first) profile.first_ms = profile.interval_ms;
  profile.size = std::min<std::size_t>(profile.size, 16 << 20);
  profile.events = std::min<std::size_t>(profile.events, 1 << 20);
  profile.event_bytes = std::min<std::size_t>(profile.event_bytes, 1 << 20);
  return profile;
}

std::string padded(std::string_view before, std::string_view after, std::size_t size) {
  const auto fixed = before.size() + after.size();
  std::string out{before};
  out.append(size > fixed ? size - fixed : 1, 'x').append(after);
  return out;
}

Script whole_answer(const Profile& profile) {
  Reply reply;
  reply.body = padded(
      R"({"id":"chatcmpl-bench","object":"chat.completion","created":1760000000,"model":"bench","choices":[{"index":0,"message":{"role":"assistant","content":")",
      R"("},"finish_reason":"stop"}],"usage":{"prompt_tokens":20,"completion_tokens":200,"total_tokens":220}})",
      profile.size);
  return to_script(reply, {Millis{profile.delay_ms}, 0});
}

Script streamed_answer(const Profile& profile) {
  static constexpr std::string_view kBefore =
      R"(data: {"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1760000000,"model":"bench","choices":[{"index":0,"delta":)";
  Reply reply;
  reply.is_stream = true;
  reply.content_type = "text/event-stream";
  const auto event = [](std::string_view rest) {
    return StreamEvent{std::string{kBefore}.append(rest).append("\n\n"), 0};
  };
  reply.events.push_back(event(R"({"role":"assistant","content":""},"finish_reason":null}]})"));
  const auto content = padded(std::string{kBefore}.append(R"({"content":")"),
                              "\"},\"finish_reason\":null}]}\n\n", profile.event_bytes);
  for (std::size_t i = 0; i < profile.events; ++i) reply.events.push_back({content, 1});
  reply.events.push_back(event(R"({},"finish_reason":"stop"}]})"));
  reply.events.push_back({"data: [DONE]\n\n", 0});
  auto script = to_script(reply, {Millis{profile.delay_ms}, 0});
  for (std::size_t i = 2; i < 2 + profile.events; ++i)
    script.steps[i].wait = Millis{i == 2 ? profile.first_ms : profile.interval_ms};
  return script;
}

/// "stream":true anywhere in the body, with or without a blank. Good enough for canned prompts.
bool asks_for_stream(std::string_view body) {
  const auto at = body.find("\"stream\"");
  if (at == std::string_view::npos) return false;
  return body.substr(at + 8, 8).find("true") != std::string_view::npos;
}

}  // namespace

const Bench::Prepared& Bench::prepared(std::string_view profile) {
  const auto at = profiles_.find(profile);
  if (at != profiles_.end()) return at->second;
  const auto parsed = parse_profile(profile);
  Prepared ready{std::make_shared<const Script>(whole_answer(parsed)),
                 std::make_shared<const Script>(streamed_answer(parsed))};
  return profiles_.emplace(profile, std::move(ready)).first->second;
}

std::shared_ptr<const Script> Bench::find(std::string_view path, std::string_view body) {
  if (!path.ends_with(kChat)) return nullptr;
  auto profile = path.substr(0, path.size() - kChat.size());
  if (profile.starts_with('/')) profile.remove_prefix(1);
  const auto& ready = prepared(profile);
  return asks_for_stream(body) ? ready.stream : ready.whole;
}

}  // namespace simulator
