#include "app/secret_environment.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace freellm::app {
namespace {

TEST(SecretEnvironment, ForgetsSecretsInBothPlacesAndNothingElse) {
  ::setenv("GROQ_API_KEY", "gsk_secret", 1);
  ::setenv("MY_LOCAL_KEY", "local-secret", 1);
  ::setenv("FREELLMAPI_HOST", "127.0.0.1", 1);
  const char* groq = ::getenv("GROQ_API_KEY");
  const char* local = ::getenv("MY_LOCAL_KEY");
  auto environment = current_environment();
  Config config;
  config.custom.push_back({.name = "local", .api_key_env = "MY_LOCAL_KEY"});

  forget_secrets(environment, config);

  EXPECT_EQ(environment.count("GROQ_API_KEY"), 0U);
  EXPECT_EQ(environment.count("MY_LOCAL_KEY"), 0U);
  EXPECT_EQ(environment.at("FREELLMAPI_HOST"), "127.0.0.1");
  EXPECT_EQ(std::string(10, '\0'), std::string(groq, 10));
  EXPECT_EQ(std::string(12, '\0'), std::string(local, 12));
  EXPECT_STREQ(::getenv("FREELLMAPI_HOST"), "127.0.0.1");
}

}  // namespace
}  // namespace freellm::app
