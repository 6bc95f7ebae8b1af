// Raw JSON: the scan accepts nothing that nlohmann/json refuses; walkers never leave their bytes
// and see what the scan sees.

#include <nlohmann/json.hpp>
#include <string>

#include "freellm/wire/json_scan.hpp"
#include "fuzz/fuzz.hpp"

namespace wire = freellm::wire;

namespace {

int walk(std::string_view value, int depth) {
  int values = 1;
  if (depth > 8) return values;
  for (const auto& member : wire::members_of(value)) values += walk(member.value, depth + 1);
  for (const auto element : wire::elements_of(value)) values += walk(element, depth + 1);
  static_cast<void>(wire::json_int(value));
  return values;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text{reinterpret_cast<const char*>(data), size};
  walk(text, 0);
  std::string scanned;
  const auto status = wire::scan_members(
      text, [&](const auto& member) { scanned.append(member.name).append(member.value); });
  FUZZ_CHECK(!status || wire::validate_json(text));
  const bool has_escape =
      text.find("\\u") != std::string::npos;  // lone surrogates are ours alone to take
  const bool has_number =
      text.find_first_of("eE.123456789") != std::string::npos;  // and so is 1e999
  if (wire::validate_json(text))
    FUZZ_CHECK(has_escape || has_number || nlohmann::json::accept(text));
  if (!status) return 0;
  std::string walked;
  for (const auto& [name, value] : wire::members_of(text)) walked.append(name).append(value);
  FUZZ_CHECK(scanned == walked);
  return 0;
}
