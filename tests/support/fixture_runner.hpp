#pragma once
// Runs an adapter over written-down exchanges: tests/fixtures/<platform>/<case>/.
//
//   platform.json   (one folder up) slug, wire, base_url, quirks, key and model that its cases
//   share case.json       "what" (one sentence), "request" (the client's), "model"/"key" overrides,
//   "status", "headers" request.json    the expected upstream body, compared as JSON upstream.* the
//   answer's body: .sse, .json, .ndjson, .txt or .html expected.json   the folded answer
//   ("answer"), or "failure"; and "observed" limits
//
// See tests/fixtures/README.md for every member. Not thread-safe; failures are reported through
// GoogleTest.

#include <filesystem>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "freellm/provider/adapter.hpp"

namespace freellm::fixtures {

struct Fixture {
  std::filesystem::path folder;
  std::string name;  ///< "groq_stream_tool_call", fit for a test's name
};
void PrintTo(const Fixture& fixture, std::ostream* out);

/// Every case of the platform, sorted by name. Fails the running test when there is none.
[[nodiscard]] std::vector<Fixture> cases_of(std::string_view platform);
[[nodiscard]] std::vector<Fixture> cases_of(const std::vector<std::string>& platforms);

/// What an answer came to, comparable and printable: one line per delta, then how it ended.
struct Transcript {
  std::vector<std::string> deltas;
  std::string ending;
  bool operator==(const Transcript&) const = default;
};

/// Feeds `body` to a decoder in pieces of the sizes given (the rest at once) and writes down what
/// comes out.
[[nodiscard]] Transcript decode(provider::ResponseDecoder& decoder, std::string_view body,
                                const std::vector<std::size_t>& piece_sizes);

/// One byte each / `count` seeded random cuts.
[[nodiscard]] std::vector<std::size_t> single_bytes(std::size_t size);
[[nodiscard]] std::vector<std::size_t> random_cuts(std::size_t size, std::size_t count,
                                                   std::uint64_t seed);

/// The checks. Each does nothing when the case holds nothing to check.
void check_encoding(const provider::Adapter& adapter, const Fixture& fixture);
void check_outcome(const provider::Adapter& adapter, const Fixture& fixture);
void check_cuts(const provider::Adapter& adapter, const Fixture& fixture);

/// For INSTANTIATE_TEST_SUITE_P.
struct FixtureName {
  template <class Info>
  std::string operator()(const Info& info) const {
    return info.param.name;
  }
};

}  // namespace freellm::fixtures
