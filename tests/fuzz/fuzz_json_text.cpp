// Escaping: whatever the bytes, the result is valid between quotes; valid UTF-8 survives the round
// trip.

#include <nlohmann/json.hpp>
#include <string>

#include "freellm/wire/json_text.hpp"
#include "fuzz/fuzz.hpp"

namespace wire = freellm::wire;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes{reinterpret_cast<const char*>(data), size};
  const auto text = wire::escaped(bytes);
  FUZZ_CHECK(wire::is_valid_json_text(text));

  const auto quoted = nlohmann::json::parse('"' + text + '"', nullptr, false);
  FUZZ_CHECK(quoted.is_string() && quoted.get_ref<const std::string&>() == wire::unescaped(text));

  // The bytes taken as escaped text: never a crash, and valid text always unescapes to valid UTF-8.
  const auto plain = wire::unescaped(bytes);
  if (wire::is_valid_json_text(bytes)) FUZZ_CHECK(wire::unescaped(wire::escaped(plain)) == plain);
  return 0;
}
