#include "secret_environment.hpp"

#include <cstdlib>
#include <cstring>

#include "freellm/app/routes.hpp"
#include "freellm/base/secret.hpp"

namespace freellm::app {
namespace {

void forget(Environment& environment, std::string_view name) {
  const auto found = environment.find(std::string{name});
  if (found == environment.end()) return;
  secure_zero(found->second.data(), found->second.size());
  if (char* value = std::getenv(found->first.c_str())) secure_zero(value, std::strlen(value));
  environment.erase(found);
}

}  // namespace

void forget_secrets(Environment& environment, const Config& config) {
  for (const auto name : {"FREELLMAPI_MASTER_KEY", "FREELLMAPI_API_KEY", "FREELLMAPI_ADMIN_TOKEN",
                          "FREELLMAPI_ADMIN_PASSWORD"}) {
    forget(environment, name);
  }
  for (const auto& key : provider_key_variables()) forget(environment, key.variable);
  for (const auto& custom : config.custom) {
    if (custom.api_key_env) forget(environment, *custom.api_key_env);
  }
}

}  // namespace freellm::app
