// A fixture read from disk. Private to the fixture runner.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "support/fixture_runner.hpp"

namespace freellm::fixtures {

using Json = nlohmann::json;

/// The file's JSON, or null when there is no such file.
[[nodiscard]] Json read_json_file(const std::filesystem::path& path);
[[nodiscard]] std::string read_text_file(const std::filesystem::path& path);

struct LoadedCase {
  Json spec;      ///< case.json over platform.json
  Json expected;  ///< expected.json
  std::string body;
  bool has_body = false;
  provider::BodyKind kind = provider::BodyKind::json;
  int status = 200;
  wire::HeaderList headers;
  catalog::Platform platform;
  catalog::Model model;
  std::string key;
  chat::ChatRequest request;
  Now now;

  [[nodiscard]] provider::Route route() const { return {platform, model, key, platform.base_url}; }
};

/// Loads, or fails the running test and returns nullptr.
[[nodiscard]] std::unique_ptr<LoadedCase> load(const Fixture& fixture);

/// Deltas put together per choice, as expected.json's "answer" has it.
[[nodiscard]] Json folded_answer(provider::ResponseDecoder& decoder, std::string_view body,
                                 Status& ended);
[[nodiscard]] Json to_json(const chat::UpstreamFailure& failure);
[[nodiscard]] Json to_json(const chat::LimitObservation& limit);

}  // namespace freellm::fixtures
