#include "support/fixture_runner.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>

#include "fixture_case.hpp"
#include "freellm/base/random.hpp"

namespace freellm::fixtures {

namespace {

namespace fs = std::filesystem;

fs::path root() { return fs::path(FREELLM_SOURCE_DIR) / "tests" / "fixtures"; }

class Recorder final : public chat::DeltaSink {
 public:
  explicit Recorder(std::vector<std::string>& lines) : lines_(lines) {}
  void on_delta(const chat::Delta& delta) override {
    std::string line = std::to_string(delta.choice) + "|" + std::string(delta.content) + "|" +
                       std::string(delta.reasoning) + "|" + std::string(delta.refusal);
    for (const auto& call : delta.tool_calls) {
      line += "|call " + (call.index ? std::to_string(*call.index) : std::string("-")) + " " +
              std::string(call.id) + " " + std::string(call.name) + " " +
              std::string(call.arguments);
    }
    line += "|" + std::string(chat::to_string(delta.finish)) + "|" + std::string(delta.logprobs);
    if (delta.usage != nullptr) {
      line += "|usage " + std::to_string(delta.usage->prompt_tokens) + "+" +
              std::to_string(delta.usage->completion_tokens) + "=" +
              std::to_string(delta.usage->total_tokens);
    }
    lines_.push_back(std::move(line));
  }

 private:
  std::vector<std::string>& lines_;
};

std::string_view head_line(std::string_view head, std::size_t number) {
  for (; number > 0; --number) head.remove_prefix(std::min(head.size(), head.find("\r\n") + 2));
  return head.substr(0, head.find("\r\n"));
}

void check_head(const Json& spec, const provider::UpstreamRequest& request) {
  const std::string& head = request.head;
  EXPECT_TRUE(head.ends_with("\r\n\r\n"));
  EXPECT_NE(head.find("\r\nContent-Length: " + std::to_string(request.body.size()) + "\r\n"),
            std::string::npos)
      << head;
  if (spec.contains("request_line")) {
    EXPECT_EQ(head_line(head, 0), spec["request_line"].get<std::string>());
  }
  const auto lines = spec.value("head", Json::array());
  for (const auto& line : lines) {
    EXPECT_NE(head.find("\r\n" + line.get<std::string>() + "\r\n"), std::string::npos)
        << line << " not in\n"
        << head;
  }
  const auto absent = spec.value("head_without", Json::array());
  for (const auto& name : absent) {
    EXPECT_EQ(head.find("\r\n" + name.get<std::string>() + ":"), std::string::npos)
        << name << " in\n"
        << head;
  }
}

/// Every member the fixture states must be as stated; `message` need only be contained, `limits` be
/// equal.
void check_failure(const Json& expected, const chat::UpstreamFailure& failure) {
  const Json actual = to_json(failure);
  for (const auto& [name, value] : expected.items()) {
    if (name == "message") {
      EXPECT_NE(failure.message.find(value.get<std::string>()), std::string::npos)
          << failure.message;
    } else {
      EXPECT_EQ(actual.value(name, Json()), value) << name << " of " << actual;
    }
  }
  EXPECT_EQ(actual.contains("retry_after_ms"), expected.contains("retry_after_ms")) << actual;
  EXPECT_EQ(actual.contains("retirement"), expected.contains("retirement")) << actual;
}

}  // namespace

void PrintTo(const Fixture& fixture, std::ostream* out) { *out << fixture.name; }

std::vector<Fixture> cases_of(std::string_view platform) {
  std::vector<Fixture> cases;
  const auto folder = root() / platform;
  if (fs::is_directory(folder)) {
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (!fs::exists(entry.path() / "case.json")) continue;
      auto name = std::string(platform) + "_" + entry.path().filename().string();
      std::replace_if(
          name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
      cases.push_back({entry.path(), std::move(name)});
    }
  }
  EXPECT_FALSE(cases.empty()) << "no fixtures in " << folder;
  std::sort(cases.begin(), cases.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return cases;
}

std::vector<Fixture> cases_of(const std::vector<std::string>& platforms) {
  std::vector<Fixture> cases;
  for (const auto& platform : platforms) {
    auto more = cases_of(platform);
    cases.insert(cases.end(), std::make_move_iterator(more.begin()),
                 std::make_move_iterator(more.end()));
  }
  return cases;
}

std::vector<std::size_t> single_bytes(std::size_t size) {
  return std::vector<std::size_t>(size, 1);
}

std::vector<std::size_t> random_cuts(std::size_t size, std::size_t count, std::uint64_t seed) {
  SeededRandom random(seed);
  std::vector<std::size_t> cuts;
  for (std::size_t i = 0; i < count && size > 0; ++i) cuts.push_back(random.below(size));
  std::sort(cuts.begin(), cuts.end());
  std::vector<std::size_t> sizes;
  std::size_t at = 0;
  for (const auto cut : cuts) {
    sizes.push_back(cut - at);
    at = cut;
  }
  return sizes;
}

Transcript decode(provider::ResponseDecoder& decoder, std::string_view body,
                  const std::vector<std::size_t>& piece_sizes) {
  Transcript transcript;
  Recorder recorder(transcript.deltas);
  Status status;
  const auto feed = [&](std::string_view piece) {
    // A copy on the heap of exactly that size, so that a decoder that looks beyond it or keeps a
    // view is caught.
    const std::string copy(piece);
    if (status && !decoder.complete()) status = decoder.feed(copy, recorder);
  };
  for (const auto size : piece_sizes) {
    feed(body.substr(0, size));
    body.remove_prefix(std::min(size, body.size()));
  }
  feed(body);
  if (status) status = decoder.finish(recorder);
  transcript.ending =
      status ? (decoder.complete() ? "complete" : "ended") : to_json(decoder.failure()).dump();
  return transcript;
}

void check_encoding(const provider::Adapter& adapter, const Fixture& fixture) {
  const auto loaded = load(fixture);
  ASSERT_NE(loaded, nullptr);
  const auto expected = read_json_file(fixture.folder / "request.json");
  if (expected.is_null()) return;

  const auto request = adapter.encode(loaded->request, loaded->route());

  ASSERT_TRUE(request) << request.error().message;
  const auto body = Json::parse(request->body.flatten(), nullptr, false);
  ASSERT_FALSE(body.is_discarded()) << request->body.flatten();
  EXPECT_EQ(body, expected) << "patch from expected to actual: "
                            << Json::diff(expected, body).dump(1);
  EXPECT_EQ(request->streaming, loaded->request.stream);
  check_head(loaded->spec, *request);
}

void check_outcome(const provider::Adapter& adapter, const Fixture& fixture) {
  const auto loaded = load(fixture);
  ASSERT_NE(loaded, nullptr);
  const auto& expected = loaded->expected;
  if (expected.contains("observed")) {
    Json observed = Json::array();
    for (const auto& limit :
         adapter.observe_limits(loaded->route(), loaded->headers, loaded->now)) {
      observed.push_back(to_json(limit));
    }
    EXPECT_EQ(observed, expected["observed"]) << observed.dump(1);
  }
  if (loaded->status < 200 || loaded->status > 299) {
    ASSERT_TRUE(expected.contains("failure"));
    const auto failure = adapter.classify(loaded->status, loaded->headers, loaded->body,
                                          loaded->route(), loaded->now);
    return check_failure(expected["failure"], failure);
  }
  if (!loaded->has_body) return;
  const auto decoder = adapter.make_decoder(loaded->request, loaded->route(), loaded->kind);
  Status ended;
  const auto answer = folded_answer(*decoder, loaded->body, ended);
  if (expected.contains("answer")) {
    EXPECT_EQ(answer, expected["answer"]) << answer.dump(1);
  }
  EXPECT_EQ(!ended, expected.contains("failure")) << (ended ? "no failure" : ended.error().message);
  if (!ended && expected.contains("failure"))
    check_failure(expected["failure"], decoder->failure());
  if (ended && expected.contains("complete")) {
    EXPECT_EQ(decoder->complete(), expected["complete"].get<bool>());
  }
}

void check_cuts(const provider::Adapter& adapter, const Fixture& fixture) {
  const auto loaded = load(fixture);
  ASSERT_NE(loaded, nullptr);
  if (!loaded->has_body || loaded->status < 200 || loaded->status > 299) return;
  const auto transcript = [&](const std::vector<std::size_t>& sizes) {
    const auto decoder = adapter.make_decoder(loaded->request, loaded->route(), loaded->kind);
    return decode(*decoder, loaded->body, sizes);
  };

  const auto whole = transcript({});

  const auto bytewise = transcript(single_bytes(loaded->body.size()));
  EXPECT_EQ(bytewise.deltas, whole.deltas);
  EXPECT_EQ(bytewise.ending, whole.ending);
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const auto cut = transcript(random_cuts(loaded->body.size(), 1 + seed % 7, seed));
    EXPECT_EQ(cut.deltas, whole.deltas) << "seed " << seed;
    EXPECT_EQ(cut.ending, whole.ending) << "seed " << seed;
  }
}

}  // namespace freellm::fixtures
