// CSV as spreadsheets and password managers write it (RFC 4180, with ',' ';' or tab).
#include <algorithm>
#include <array>

#include "key_text.hpp"

namespace freellm::catalog {
namespace {

struct Record {
  int line = 0;
  std::vector<std::string> cells;
  bool is_broken = false;
};

constexpr std::size_t kMaxCells = 32;

char delimiter_of(std::string_view text) {
  const auto line = text.substr(0, text.find('\n'));
  char best = ',';
  std::ptrdiff_t most = 0;
  for (const char candidate : {',', ';', '\t'}) {
    const auto count = std::count(line.begin(), line.end(), candidate);
    if (count > most) {
      most = count;
      best = candidate;
    }
  }
  return best;
}

class CsvReader {
 public:
  explicit CsvReader(std::string_view text) : text_(text), delimiter_(delimiter_of(text)) {}

  [[nodiscard]] bool at_end() const { return at_ >= text_.size(); }

  Record next() {
    Record record;
    record.line = line_;
    for (;;) {
      record.cells.push_back(cell(record));
      if (record.cells.size() > kMaxCells) record.is_broken = true;
      if (at_end() || text_[at_] != delimiter_) break;
      ++at_;
    }
    skip_line(record);
    return record;
  }

 private:
  std::string cell(Record& record) {
    if (at_end() || text_[at_] != '"') {
      const auto begin = at_;
      while (!at_end() && text_[at_] != delimiter_ && text_[at_] != '\n') ++at_;
      return std::string{trim(text_.substr(begin, at_ - begin))};
    }
    std::string value;
    for (++at_; !at_end(); ++at_) {
      if (text_[at_] == '\n') ++line_;
      if (text_[at_] != '"') {
        value += text_[at_];
      } else if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
        value += text_[at_++];
      } else {
        ++at_;
        return value;
      }
    }
    record.is_broken = true;  // the quote is not closed
    return value;
  }

  void skip_line(Record& record) {
    const auto end = std::min(text_.find('\n', at_), text_.size());
    if (!trim(text_.substr(at_, end - at_)).empty()) record.is_broken = true;
    at_ = std::min(end + 1, text_.size());
    ++line_;
  }

  std::string_view text_;
  char delimiter_;
  std::size_t at_ = 0;
  int line_ = 1;
};

enum Column : std::size_t {
  platform,
  key,
  label,
  enabled,
  base_url,
  models,
  allow_private,
  kCount
};
using Columns = std::array<std::optional<std::size_t>, kCount>;

struct ColumnName {
  std::string_view name;
  Column column;
};
constexpr ColumnName kNames[] = {
    {"platform", platform}, {"provider", platform}, {"service", platform},
    {"name", platform},     {"key", key},           {"secret", key},
    {"api_key", key},       {"apikey", key},        {"api key", key},
    {"token", key},         {"value", key},         {"password", key},
    {"label", label},       {"note", label},        {"notes", label},
    {"title", label},       {"enabled", enabled},   {"base_url", base_url},
    {"url", base_url},      {"models", models},     {"allow_private_network", allow_private}};

/// The columns a header names; nullopt when the line is no header.
std::optional<Columns> columns_of(const Record& header) {
  Columns columns;
  for (std::size_t i = 0; i < header.cells.size(); ++i) {
    const auto name = lower(trim(header.cells[i]));
    for (const auto& known : kNames) {
      if (known.name == name && !columns[known.column]) columns[known.column] = i;
    }
  }
  if (!columns[key]) return std::nullopt;
  return columns;
}

/// An export marks what a spreadsheet would take for a formula; here the mark comes off again.
std::string_view without_mark(std::string_view cell) {
  const bool is_marked = cell.size() >= 2 && cell[0] == '\'' &&
                         std::string_view{"=+-@\t\r"}.find(cell[1]) != std::string_view::npos;
  return is_marked ? cell.substr(1) : cell;
}

void add(const Record& record, const Columns& columns, KeyRows& rows) {
  const auto cell = [&](Column column) -> std::string_view {
    const auto at = columns[column];
    return at && *at < record.cells.size() ? without_mark(record.cells[*at]) : std::string_view{};
  };
  if (record.is_broken)
    return rows.add_problem(record.line, cell(platform), "This line is not well-formed CSV.");
  const bool is_enabled = lower(trim(cell(enabled))) != "false" && cell(enabled) != "0";
  if (cell(base_url).empty()) {
    return rows.add({.line = record.line,
                     .name = cell(platform),
                     .platform = platform_of_name(cell(platform), rows.slugs()),
                     .label = cell(label),
                     .secret = cell(key),
                     .enabled = is_enabled,
                     .problem = {}});
  }
  ImportedEndpoint endpoint;
  endpoint.title = cell(platform);
  endpoint.base_url = cell(base_url);
  endpoint.models = models_of_list(cell(models));
  endpoint.allow_private = lower(trim(cell(allow_private))) == "true";
  const auto index = rows.add_endpoint(std::move(endpoint));
  if (!index) return rows.add_problem(record.line, cell(platform), index.error().message);
  rows.add_endpoint_key(*index, record.line, cell(platform), cell(label), cell(key), is_enabled);
}

}  // namespace

Status read_csv(std::string_view text, KeyRows& rows) {
  CsvReader reader{text};
  std::optional<Columns> columns;
  while (!reader.at_end() && !rows.is_full()) {
    const Record record = reader.next();
    if (record.cells.size() == 1 && trim(record.cells[0]).empty()) continue;
    if (!columns) {
      columns = columns_of(record);
      if (columns) continue;
      columns = Columns{0, 1, 2};  // no header: platform, key, label
    }
    add(record, *columns, rows);
  }
  return {};
}

}  // namespace freellm::catalog
