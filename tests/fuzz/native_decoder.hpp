// The loop the native decoders are fuzzed with: any bytes, any cuts, the same answer.
#pragma once

#include <memory>
#include <string>

#include "freellm/provider/native.hpp"
#include "freellm/wire/json_text.hpp"
#include "fuzz/fuzz.hpp"

namespace freellm::fuzz {

/// Writes down what a client would see, and checks that every text is fit to stand in JSON.
class Transcript final : public chat::DeltaSink {
 public:
  void on_delta(const chat::Delta& delta) override {
    note(delta.content);
    note(delta.reasoning);
    for (const auto& call : delta.tool_calls) {
      note(call.id);
      note(call.name);
      note(call.arguments);
    }
    lines_ += chat::to_string(delta.finish);
    if (delta.usage != nullptr) FUZZ_CHECK(delta.usage->total_tokens >= 0);
    lines_ += '\x1e';
  }
  [[nodiscard]] const std::string& lines() const { return lines_; }

 private:
  void note(wire::JsonText text) {
    FUZZ_CHECK(wire::is_valid_json_text(text));
    lines_ += text;
    lines_ += '\x1f';
  }
  std::string lines_;
};

/// Feeds `input` whole and in pieces to two decoders of `adapter`.
inline void decode_both_ways(const provider::Adapter& adapter, const Input& input,
                             provider::BodyKind kind) {
  const catalog::Platform platform;
  const catalog::Model model;
  const wire::BaseUrl base_url;
  const provider::Route route{platform, model, {}, base_url};
  const chat::ChatRequest request;
  const auto run = [&](auto feed_all) {
    const auto decoder = adapter.make_decoder(request, route, kind);
    Transcript transcript;
    bool whole = feed_all(*decoder, transcript);
    whole = whole && decoder->finish(transcript).has_value();
    return transcript.lines() +
           (whole ? "ended" : std::string{chat::to_string(decoder->failure().failure)});
  };
  const auto at_once =
      run([&](auto& decoder, auto& out) { return decoder.feed(input.text(), out).has_value(); });
  const auto in_pieces = run([&](auto& decoder, auto& out) {
    bool good = true;
    input.in_pieces([&](std::string_view piece) {
      const std::string copy{piece};  // of exactly that size, so that a look beyond it is caught
      good = decoder.feed(copy, out).has_value();
      return good && !decoder.complete();
    });
    return good;
  });
  FUZZ_CHECK(at_once == in_pieces);
}

}  // namespace freellm::fuzz
