#include "invocation.hpp"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "freellm/app/daemon.hpp"

namespace freellm::app {
namespace {

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fputc('\n', stdout);
  std::fflush(stdout);
}

// A label or a file name may hold anything; what comes out must be JSON all the same.
std::string dump(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

int answer(const Invocation& invocation, const std::string& text, const nlohmann::json& json) {
  print(invocation.json ? dump(json) : text);
  return kExitOk;
}

int fail(const Invocation& invocation, const Error& error) {
  std::fprintf(stderr, "freellmapi: %s\n", error.message.c_str());
  if (invocation.json) {
    print(dump(
        {{"error",
          {{"kind", to_string(error.kind)}, {"code", error.code}, {"message", error.message}}}}));
  }
  return error.kind == ErrorKind::configuration ? kExitUsage : kExitFailure;
}

Error problem_error(const ConfigProblem& problem) {
  return Error{.kind = ErrorKind::configuration, .message = problem.where + ": " + problem.what};
}

}  // namespace freellm::app
