// Every written-down exchange with Workers AI: tests/fixtures/cloudflare/.

#include <gtest/gtest.h>

#include "freellm/provider/native.hpp"
#include "support/fixture_runner.hpp"

namespace freellm::fixtures {
namespace {

class CloudflareFixture : public testing::TestWithParam<Fixture> {};

TEST_P(CloudflareFixture, SendsTheExpectedRequest) {
  check_encoding(provider::cloudflare_adapter(), GetParam());
}

TEST_P(CloudflareFixture, ComesToTheExpectedOutcome) {
  check_outcome(provider::cloudflare_adapter(), GetParam());
}

TEST_P(CloudflareFixture, DoesNotDependOnHowBytesArrive) {
  check_cuts(provider::cloudflare_adapter(), GetParam());
}

INSTANTIATE_TEST_SUITE_P(WorkersAi, CloudflareFixture, testing::ValuesIn(cases_of("cloudflare")),
                         FixtureName{});

}  // namespace
}  // namespace freellm::fixtures
