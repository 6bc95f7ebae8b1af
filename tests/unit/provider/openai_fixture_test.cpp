// Every written-down exchange of the platforms that speak OpenAI's dialect:
// tests/fixtures/<platform>/.

#include <gtest/gtest.h>

#include "freellm/provider/native.hpp"
#include "support/fixture_runner.hpp"

namespace freellm::fixtures {
namespace {

class OpenAiFixture : public testing::TestWithParam<Fixture> {};

TEST_P(OpenAiFixture, SendsTheExpectedRequest) {
  check_encoding(provider::openai_adapter(), GetParam());
}

TEST_P(OpenAiFixture, ComesToTheExpectedOutcome) {
  check_outcome(provider::openai_adapter(), GetParam());
}

TEST_P(OpenAiFixture, DoesNotDependOnHowBytesArrive) {
  check_cuts(provider::openai_adapter(), GetParam());
}

INSTANTIATE_TEST_SUITE_P(Platforms, OpenAiFixture,
                         testing::ValuesIn(cases_of({"openai", "groq", "cerebras", "openrouter",
                                                     "github", "sambanova", "mistral", "zhipu",
                                                     "nvidia", "ollama", "pollinations", "llm7",
                                                     "kilo"})),
                         FixtureName{});

}  // namespace
}  // namespace freellm::fixtures
