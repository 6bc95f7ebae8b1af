// Sampling and bookkeeping parameters: type and range, as OpenAI checks them.

#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "chat/parse_context.hpp"

namespace freellm::chat {
namespace {

enum class Number : std::uint8_t { real, integer };

struct RangeRule {
  std::string_view name;
  double lowest;
  double highest;
  Number number;
};

constexpr double kAny = std::numeric_limits<double>::infinity();

constexpr RangeRule kRanges[] = {
    {"temperature", 0, 2, Number::real},
    {"top_p", 0, 1, Number::real},
    {"presence_penalty", -2, 2, Number::real},
    {"frequency_penalty", -2, 2, Number::real},
    {"n", 1, 128, Number::integer},
    {"top_logprobs", 0, 20, Number::integer},
    {"seed", -kAny, kAny, Number::integer},
    // Zero and less mean "no limit" to some clients; adapters drop them.
    {"max_tokens", -kAny, kAny, Number::integer},
    {"max_completion_tokens", -kAny, kAny, Number::integer},
};

struct TypeRule {
  std::string_view name;
  JsonKind kind;
};

constexpr TypeRule kTypes[] = {
    {"user", JsonKind::string},
    {"logprobs", JsonKind::boolean},
    {"logit_bias", JsonKind::object},
    {"parallel_tool_calls", JsonKind::boolean},
    {"metadata", JsonKind::object},
    {"store", JsonKind::boolean},
    {"service_tier", JsonKind::string},
    {"reasoning_effort", JsonKind::string},
    {"prediction", JsonKind::object},
    {"modalities", JsonKind::array},
    {"web_search_options", JsonKind::object},
};

std::string decimal(double value) {
  char digits[32];
  const auto end = std::to_chars(std::begin(digits), std::end(digits), value);
  return {std::begin(digits), end.ptr};
}

void check_range(ParseContext& context, const RangeRule& rule, std::string_view raw) {
  double value = 0;
  const auto read = std::from_chars(raw.data(), raw.data() + raw.size(), value);
  const bool tiny = raw.find("e-") != raw.npos || raw.find("E-") != raw.npos;
  // 1e999 leaves `value` alone, 1e-999 too: both beyond what a double holds.
  if (read.ec == std::errc::result_out_of_range) value = tiny ? 0 : kAny;
  const bool above = value > rule.highest;
  if (!above && value >= rule.lowest) return;
  std::string message = "Invalid '" + std::string{rule.name} + "': ";
  message += rule.number == Number::integer ? "integer" : "decimal";
  message += above ? " above maximum value. Expected a value <= "
                   : " below minimum value. Expected a value >= ";
  message += decimal(above ? rule.highest : rule.lowest) + ", but got ";
  message.append(raw.substr(0, 32)).append(" instead.");
  context.refuse(std::move(message));
}

std::int64_t clamped_integer(std::string_view raw) {
  std::int64_t value = 0;
  const auto read = std::from_chars(raw.data(), raw.data() + raw.size(), value);
  if (read.ec != std::errc::result_out_of_range) return value;
  return raw.starts_with('-') ? std::numeric_limits<std::int64_t>::min()
                              : std::numeric_limits<std::int64_t>::max();
}

void keep_max_tokens(ParseContext& context, const RangeRule& rule, std::string_view raw) {
  const std::int64_t value = clamped_integer(raw);
  auto& kept = context.request.max_tokens;
  const bool modern = rule.name == "max_completion_tokens";
  if (value > 0 && (modern || !kept)) kept = value;
}

void parse_number(ParseContext& context, const RangeRule& rule) {
  if (context.skip_null() || !context.expect(JsonKind::number)) return;
  const std::string_view raw = context.json.value();
  if (!context.ok()) return;
  if (rule.number == Number::integer && raw.find_first_of(".eE") != std::string_view::npos) {
    return context.refuse("Invalid type for '" + std::string{rule.name} +
                          "': expected an integer, but got a decimal number instead.");
  }
  check_range(context, rule, raw);
  if (rule.name.starts_with("max_")) keep_max_tokens(context, rule, raw);
}

void parse_stop(ParseContext& context) {
  if (context.skip_null()) return;
  if (context.json.peek() != JsonKind::array) {
    if (context.expect(JsonKind::string)) context.json.string();
    return;
  }
  // More than four are cut by the adapters instead of refused: clients send what other APIs allow.
  std::int64_t index = 0;
  context.json.elements([&] {
    const PathStep step{context, index++};
    if (context.expect(JsonKind::string)) context.json.string();
  });
}

}  // namespace

bool parse_parameter(ParseContext& context, std::string_view name) {
  for (const auto& rule : kRanges) {
    if (rule.name == name) return parse_number(context, rule), true;
  }
  for (const auto& rule : kTypes) {
    if (rule.name != name) continue;
    if (!context.skip_null() && context.expect(rule.kind)) context.json.value();
    return true;
  }
  if (name != "stop") return false;
  parse_stop(context);
  return true;
}

}  // namespace freellm::chat
