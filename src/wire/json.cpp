#include "freellm/wire/json.hpp"

#include <charconv>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "freellm/wire/json_scan.hpp"

namespace freellm::wire {
namespace {

Error invalid(std::string message) {
  return Error{.kind = ErrorKind::bad_request,
               .source = ErrorSource::downstream,
               .message = std::move(message),
               .code = "invalid_json"};
}

/// Validation by our own scan comes first: it bounds the nesting that nlohmann would recurse into
/// when the value is destroyed or dumped, and names the place of the mistake.
template <class Value>
Result<Value> parse(std::string_view text, std::size_t max_bytes, std::uint64_t max_member_work) {
  if (text.size() > max_bytes) return invalid("the JSON document is too large");
  if (auto valid = validate_json(text, max_member_work); !valid) return valid.error();
  auto value = Value::parse(text, nullptr, /*allow_exceptions=*/false);
  if (value.is_discarded()) return invalid("a number of the JSON document is out of range");
  // Spelt out: a Json converts from and to nearly everything, a Result of it would be ambiguous.
  return Result<Value>{boost::system::in_place_value, std::move(value)};
}

template <class Value>
std::string dump(const Value& value) {
  return value.dump(-1, ' ', false, Value::error_handler_t::replace);
}

const Json* step(const Json& from, std::string_view name) {
  if (from.is_object()) {
    const auto found = from.find(name);
    return found == from.end() ? nullptr : &*found;
  }
  if (!from.is_array()) return nullptr;
  std::size_t index = 0;
  const auto [end, ec] = std::from_chars(name.data(), name.data() + name.size(), index);
  const bool is_index = ec == std::errc{} && end == name.data() + name.size();
  return is_index && index < from.size() ? &from[index] : nullptr;
}

}  // namespace

Result<Json> parse_json(std::string_view text, std::size_t max_bytes) {
  return parse<Json>(text, max_bytes, kAnyMemberWork);
}
Result<OrderedJson> parse_ordered_json(std::string_view text, std::size_t max_bytes,
                                       std::uint64_t max_member_work) {
  return parse<OrderedJson>(text, max_bytes, max_member_work);
}

std::string dump_json(const Json& value) { return dump(value); }
std::string dump_json(const OrderedJson& value) { return dump(value); }

const Json* json_at(const Json& root, std::string_view path) {
  const Json* at = &root;
  while (at != nullptr && !path.empty()) {
    const auto dot = path.find('.');
    at = step(*at, path.substr(0, dot));
    path = dot == std::string_view::npos ? std::string_view{} : path.substr(dot + 1);
  }
  return at;
}

std::optional<std::string_view> string_at(const Json& root, std::string_view path) {
  const auto* value = json_at(root, path);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return value->get_ref<const std::string&>();
}

std::optional<bool> bool_at(const Json& root, std::string_view path) {
  const auto* value = json_at(root, path);
  if (value == nullptr || !value->is_boolean()) return std::nullopt;
  return value->get<bool>();
}

std::optional<std::int64_t> int_at(const Json& root, std::string_view path) {
  const auto* value = json_at(root, path);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  if (value->is_number_unsigned()) {
    const auto number = value->get<std::uint64_t>();
    if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      return std::nullopt;
    return static_cast<std::int64_t>(number);
  }
  if (value->is_number_integer()) return value->get<std::int64_t>();
  const auto number = std::trunc(value->get<double>());
  if (!(number >= -0x1p63 && number < 0x1p63)) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

std::optional<double> double_at(const Json& root, std::string_view path) {
  const auto* value = json_at(root, path);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  return value->get<double>();
}

}  // namespace freellm::wire
