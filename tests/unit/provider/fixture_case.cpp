#include "fixture_case.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "freellm/wire/json_text.hpp"

namespace freellm::fixtures {

namespace {

namespace fs = std::filesystem;

catalog::WireFormat wire_of(const std::string& name) {
  if (name == "google") return catalog::WireFormat::google;
  if (name == "cohere") return catalog::WireFormat::cohere;
  if (name == "cloudflare") return catalog::WireFormat::cloudflare;
  return catalog::WireFormat::openai;
}

void find_body(LoadedCase& loaded, const fs::path& folder) {
  for (const auto* ending : {"sse", "json", "ndjson", "txt", "html"}) {
    const auto path = folder / (std::string("upstream.") + ending);
    if (!fs::exists(path)) continue;
    loaded.body = read_text_file(path);
    loaded.has_body = true;
    loaded.kind = std::string_view(ending) == "sse" ? provider::BodyKind::event_stream
                                                    : provider::BodyKind::json;
  }
}

void fill_route(LoadedCase& loaded) {
  const auto& spec = loaded.spec;
  loaded.platform.slug = spec.value("slug", "");
  loaded.platform.quirks = spec.value("quirks", loaded.platform.slug);
  loaded.platform.wire = wire_of(spec.value("wire", "openai"));
  const auto base = wire::parse_base_url(spec.value("base_url", ""));
  ASSERT_TRUE(base) << "platform.json: base_url";
  loaded.platform.base_url = *base;
  loaded.model.upstream_id = spec.value("model", "");
  loaded.model.max_output_tokens = spec.value("max_output_tokens", 0);
  loaded.key = spec.value("key", "");
  loaded.status = spec.value("status", 200);
  const WallTime wall{std::chrono::seconds{spec.value("now", 1'790'000'000)}};
  loaded.now = ManualClock{wall}.now();
  const auto headers = spec.value("headers", Json::object());
  for (const auto& [name, value] : headers.items()) {
    loaded.headers.add(name, value.get<std::string>());
  }
}

class Folder final : public chat::DeltaSink {
 public:
  void on_delta(const chat::Delta& delta) override {
    auto& choice = choices_.try_emplace(delta.choice, Json::object()).first->second;
    append(choice, "content", delta.content);
    append(choice, "reasoning", delta.reasoning);
    append(choice, "refusal", delta.refusal);
    for (const auto& call : delta.tool_calls) choice["tool_calls"].push_back(fragment(call));
    if (delta.finish != chat::FinishReason::none)
      choice["finish"].push_back(chat::to_string(delta.finish));
    if (!delta.logprobs.empty()) choice["logprobs"].push_back(Json::parse(delta.logprobs));
    if (delta.usage != nullptr) usage_ = usage_json(*delta.usage);
  }

  [[nodiscard]] Json answer() const {
    Json out = Json::object();
    for (const auto& [index, choice] : choices_) {
      if (!choice.empty()) out["choices"].push_back(choice);
    }
    if (!usage_.is_null()) out["usage"] = usage_;
    return out;
  }

 private:
  static void append(Json& choice, const char* name, wire::JsonText text) {
    if (text.empty()) return;
    choice[name] = choice.value(name, "") + wire::unescaped(text);
  }
  static Json fragment(const chat::ToolCallFragment& call) {
    Json out = Json::object();
    if (call.index) out["index"] = *call.index;
    if (!call.id.empty()) out["id"] = wire::unescaped(call.id);
    if (!call.name.empty()) out["name"] = wire::unescaped(call.name);
    if (!call.arguments.empty()) out["arguments"] = wire::unescaped(call.arguments);
    return out;
  }
  static Json usage_json(const chat::Usage& usage) {
    Json out{{"prompt", usage.prompt_tokens},
             {"completion", usage.completion_tokens},
             {"total", usage.total_tokens}};
    if (usage.cached_tokens != 0) out["cached"] = usage.cached_tokens;
    if (usage.reasoning_tokens != 0) out["reasoning"] = usage.reasoning_tokens;
    return out;
  }

  std::map<std::uint32_t, Json> choices_;
  Json usage_;
};

std::string_view name_of(chat::LimitMetric metric) {
  switch (metric) {
    case chat::LimitMetric::requests:
      return "requests";
    case chat::LimitMetric::tokens:
      return "tokens";
    case chat::LimitMetric::concurrency:
      return "concurrency";
    case chat::LimitMetric::neurons:
      return "neurons";
  }
  return "?";
}

std::string_view name_of(chat::LimitWindow window) {
  switch (window) {
    case chat::LimitWindow::second:
      return "second";
    case chat::LimitWindow::minute:
      return "minute";
    case chat::LimitWindow::hour:
      return "hour";
    case chat::LimitWindow::day:
      return "day";
    case chat::LimitWindow::month:
      return "month";
  }
  return "?";
}

}  // namespace

std::string read_text_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

Json read_json_file(const fs::path& path) {
  if (!fs::exists(path)) return nullptr;
  auto json = Json::parse(read_text_file(path), nullptr, false);
  EXPECT_FALSE(json.is_discarded()) << path << " is not JSON";
  return json;
}

std::unique_ptr<LoadedCase> load(const Fixture& fixture) {
  auto loaded = std::make_unique<LoadedCase>();
  loaded->spec = read_json_file(fixture.folder.parent_path() / "platform.json");
  loaded->spec.update(read_json_file(fixture.folder / "case.json"));
  loaded->expected = read_json_file(fixture.folder / "expected.json");
  find_body(*loaded, fixture.folder);
  fill_route(*loaded);
  const auto client = loaded->spec.value(
      "request", Json{{"model", "auto"}, {"messages", {{{"role", "user"}, {"content", "hi"}}}}});
  auto request = chat::parse_chat_request(chat::PaddedBuffer::copy_of(client.dump()));
  if (!request) {
    ADD_FAILURE() << fixture.name
                  << ": the client's request is refused: " << request.error().message;
    return nullptr;
  }
  loaded->request = std::move(*request);
  return loaded;
}

Json folded_answer(provider::ResponseDecoder& decoder, std::string_view body, Status& ended) {
  Folder folder;
  ended = decoder.feed(body, folder);
  if (ended) ended = decoder.finish(folder);
  return folder.answer();
}

Json to_json(const chat::LimitObservation& limit) {
  Json out{{"metric", name_of(limit.metric)},
           {"window", name_of(limit.window)},
           {"scope", chat::to_string(limit.scope)}};
  if (limit.limit) out["limit"] = *limit.limit;
  if (limit.remaining) out["remaining"] = *limit.remaining;
  if (limit.resets_in) out["resets_in_ms"] = limit.resets_in->count();
  return out;
}

Json to_json(const chat::UpstreamFailure& failure) {
  Json out{{"class", chat::to_string(failure.failure)},
           {"scope", chat::to_string(failure.scope)},
           {"message", failure.message}};
  if (failure.http_status != 0) out["status"] = failure.http_status;
  if (failure.retry_after) out["retry_after_ms"] = failure.retry_after->count();
  if (!failure.code.empty()) out["code"] = failure.code;
  if (failure.retirement) out["retirement"] = true;
  for (const auto& limit : failure.limits) out["limits"].push_back(to_json(limit));
  return out;
}

}  // namespace freellm::fixtures
