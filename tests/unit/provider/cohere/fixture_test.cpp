// Every written-down exchange with the Cohere v2 chat: tests/fixtures/cohere/.

#include <gtest/gtest.h>

#include "freellm/provider/native.hpp"
#include "support/fixture_runner.hpp"

namespace freellm::fixtures {
namespace {

class CohereFixture : public testing::TestWithParam<Fixture> {};

TEST_P(CohereFixture, SendsTheExpectedRequest) {
  check_encoding(provider::cohere_adapter(), GetParam());
}

TEST_P(CohereFixture, ComesToTheExpectedOutcome) {
  check_outcome(provider::cohere_adapter(), GetParam());
}

TEST_P(CohereFixture, DoesNotDependOnHowBytesArrive) {
  check_cuts(provider::cohere_adapter(), GetParam());
}

INSTANTIATE_TEST_SUITE_P(V2, CohereFixture, testing::ValuesIn(cases_of("cohere")), FixtureName{});

}  // namespace
}  // namespace freellm::fixtures
