// Every written-down exchange with the Gemini API: tests/fixtures/google/.

#include <gtest/gtest.h>

#include "freellm/provider/native.hpp"
#include "support/fixture_runner.hpp"

namespace freellm::fixtures {
namespace {

class GoogleFixture : public testing::TestWithParam<Fixture> {};

TEST_P(GoogleFixture, SendsTheExpectedRequest) {
  check_encoding(provider::google_adapter(), GetParam());
}

TEST_P(GoogleFixture, ComesToTheExpectedOutcome) {
  check_outcome(provider::google_adapter(), GetParam());
}

TEST_P(GoogleFixture, DoesNotDependOnHowBytesArrive) {
  check_cuts(provider::google_adapter(), GetParam());
}

INSTANTIATE_TEST_SUITE_P(Gemini, GoogleFixture, testing::ValuesIn(cases_of("google")),
                         FixtureName{});

}  // namespace
}  // namespace freellm::fixtures
