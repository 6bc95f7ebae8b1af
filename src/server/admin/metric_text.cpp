#include "metric_text.hpp"

#include <charconv>

namespace freellm::server::admin {
namespace {

/// In a label value backslash, quote and line break are escaped, in help texts there are none.
void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') out += '\\';
    out += c;
  }
}

}  // namespace

std::string metric_number(double value) {
  char digits[40];
  const auto end = std::to_chars(digits, digits + sizeof digits, value);
  return {digits, end.ptr};
}

void MetricText::family(std::string_view name, std::string_view type, std::string_view help) {
  name_ = name;
  out_.append("# HELP ").append(name).append(" ").append(help).append("\n");
  out_.append("# TYPE ").append(name).append(" ").append(type).append("\n");
}

void MetricText::sample(std::span<const Label> labels, double value, std::string_view suffix) {
  out_.append(name_).append(suffix);
  char separator = '{';
  for (const auto& [name, text] : labels) {
    out_ += separator;
    out_.append(name).append("=\"");
    append_escaped(out_, text);
    out_ += '"';
    separator = ',';
  }
  if (!labels.empty()) out_ += '}';
  out_.append(" ").append(metric_number(value)).append("\n");
}

}  // namespace freellm::server::admin
