// NAME=value lines, as dotenv, docker and shells write them.
#include <algorithm>
#include <map>

#include "key_text.hpp"

namespace freellm::catalog {
namespace {

struct Assignment {
  int line = 0;
  std::string name;  ///< upper case
  std::string value;
  std::string label;  ///< of a trailing "# label: text"
};

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 200 && !(text[0] >= '0' && text[0] <= '9') &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_' || c == '.' || c == '-';
         });
}

/// The part behind a value: nothing, or a comment.
std::optional<std::string> label_behind(std::string_view rest) {
  rest = trim(rest);
  if (rest.empty()) return "";
  if (!rest.starts_with('#')) return std::nullopt;
  rest = trim(rest.substr(1));
  constexpr std::string_view kLabel = "label:";
  // Other comments may hold anything, an old key too, so they are not taken for labels.
  return rest.starts_with(kLabel) ? std::string{trim(rest.substr(kLabel.size()))} : "";
}

char unescape(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return c;
  }
}

/// Reads a value in quotes; `text` begins with one. Fails with what is wrong.
Result<Assignment> read_quoted(std::string_view text) {
  const char quote = text[0];
  Assignment found;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == quote) {
      auto label = label_behind(text.substr(i + 1));
      if (!label) return import_error("Something stands behind the closing quote.");
      found.label = std::move(*label);
      return found;
    }
    const bool is_escape = quote == '"' && text[i] == '\\' && i + 1 < text.size();
    found.value += is_escape ? unescape(text[++i]) : text[i];
  }
  return import_error("The quote is not closed on this line.");
}

Result<Assignment> read_value(std::string_view text) {
  text = trim(text);
  if (text.starts_with('"') || text.starts_with('\'') || text.starts_with('`'))
    return read_quoted(text);
  Assignment found;
  // Only a '#' behind white space begins a comment: keys may hold one.
  std::size_t end = text.starts_with('#') ? 0 : text.size();
  for (std::size_t i = 1; i < text.size() && end == text.size(); ++i) {
    if (text[i] == '#' && (text[i - 1] == ' ' || text[i - 1] == '\t')) end = i;
  }
  found.value = trim(text.substr(0, end));
  found.label = label_behind(text.substr(end)).value_or("");
  return found;
}

/// What a key's variable is called behind the platform, without a number or label at its end.
bool looks_like_key(std::string_view name) {
  for (const std::string_view word : {"KEY", "TOKEN", "SECRET"}) {
    if (name.find(word) != std::string_view::npos) return true;
  }
  return false;
}

/// GITHUB_WEBHOOK_SECRET and GOOGLE_CLIENT_SECRET are not keys of an LLM platform.
bool is_other_secret(std::string_view name) {
  for (const std::string_view word : {"WEBHOOK", "CLIENT_SECRET", "PRIVATE_KEY", "SIGNING",
                                      "SESSION", "OAUTH", "MAPS", "ENCRYPTION"}) {
    if (name.find(word) != std::string_view::npos) return true;
  }
  return false;
}

/// The end of a variable's name behind the word KEY or TOKEN: "_2" is a number, "_WORK" a label.
std::string label_of(std::string_view name) {
  std::size_t end = 0;
  for (const std::string_view word : {"KEYS", "KEY", "TOKENS", "TOKEN", "SECRET"}) {
    const auto at = name.rfind(word);
    if (at != std::string_view::npos) end = std::max(end, at + word.size());
  }
  if (end == 0 || end >= name.size() || name[end] != '_') return "";
  const auto rest = name.substr(end + 1);
  const bool is_number =
      std::all_of(rest.begin(), rest.end(), [](char c) { return c >= '0' && c <= '9'; });
  return is_number ? "" : lower(rest);
}

/// CUSTOM_1_NAME and its like, gathered by number.
struct CustomLines {
  int line = 0;
  ImportedEndpoint endpoint;
  std::vector<Assignment> keys;
};

class EnvReader {
 public:
  explicit EnvReader(KeyRows& rows) : rows_(rows) {}

  void read_line(std::string_view text) {
    ++line_;
    text = trim(text);
    if (text.empty() || text.starts_with('#')) return;
    if (text.starts_with("export ") || text.starts_with("export\t")) text = trim(text.substr(7));
    const auto equals = std::min(text.find('='), text.size());
    const auto name = trim(text.substr(0, equals));
    if (equals == text.size() || !is_name(name))
      return rows_.add_problem(line_, "", "This is not NAME=value.");
    auto value = read_value(text.substr(equals + 1));
    if (!value) {
      if (looks_like_key(upper(name)) || name.starts_with("CUSTOM_"))
        rows_.add_problem(line_, name, value.error().message);
      return;
    }
    value->line = line_;
    value->name = upper(name);
    take(std::move(*value));
  }

  void finish() {
    for (auto& account_less : cloudflare_) add_cloudflare(account_less);
    for (auto& [number, custom] : custom_) add_custom(custom);
  }

 private:
  void take(Assignment found) {
    if (take_custom(found)) return;
    const auto platform = platform_of_name(found.name, rows_.slugs());
    if (platform == "cloudflare" && found.name.find("ACCOUNT_ID") != std::string::npos) {
      accounts_.push_back(std::move(found));
      return;
    }
    if (!looks_like_key(found.name) || is_other_secret(found.name)) return;
    if (platform == "cloudflare" && found.value.find(':') == std::string::npos) {
      cloudflare_.push_back(std::move(found));
      return;
    }
    add(found, platform);
  }

  void add(const Assignment& found, std::string_view platform) {
    const auto label = found.label.empty() ? label_of(found.name) : found.label;
    // No platform's keys hold commas: a list of them is several keys.
    std::string_view rest = found.value;
    do {
      const auto end = platform.empty() ? rest.size() : std::min(rest.find(','), rest.size());
      const auto secret = trim(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
      if (secret.empty() && !(rest.empty() && found.value.find(',') == std::string::npos)) continue;
      rows_.add({.line = found.line,
                 .name = found.name,
                 .platform = platform,
                 .label = label,
                 .secret = secret,
                 .problem = {}});
    } while (!rest.empty());
  }

  /// CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID are one key of ours; a number at the end pairs
  /// them.
  void add_cloudflare(Assignment& found) {
    const auto number = [](std::string_view name) {
      const auto end = name.find_last_not_of("0123456789");
      return name.substr(end + 1);
    };
    const Assignment* account = nullptr;
    for (const auto& candidate : accounts_) {
      if (number(candidate.name) == number(found.name)) account = &candidate;
    }
    if (account == nullptr && accounts_.size() == 1) account = &accounts_.front();
    if (account != nullptr && !found.value.empty())
      found.value = account->value + ":" + found.value;
    add(found, "cloudflare");
  }

  bool take_custom(Assignment& found) {
    constexpr std::string_view kCustom = "CUSTOM_";
    if (!found.name.starts_with(kCustom)) return false;
    const auto rest = std::string_view{found.name}.substr(kCustom.size());
    const auto end = std::min(rest.find_first_not_of("0123456789"), rest.size());
    if (end == 0 || end > 4 || end == rest.size() || rest[end] != '_') return false;
    auto& custom = custom_[std::string(4 - end, '0') + std::string{rest.substr(0, end)}];
    if (custom.line == 0) custom.line = found.line;
    const auto what = rest.substr(end + 1);
    if (what == "NAME") {
      custom.endpoint.title = found.value;
    } else if (what == "BASE_URL" || what == "URL") {
      custom.endpoint.base_url = found.value;
    } else if (what == "MODELS" || what == "MODEL") {
      custom.endpoint.models = models_of_list(found.value);
    } else if (what == "ALLOW_PRIVATE_NETWORK") {
      custom.endpoint.allow_private = lower(found.value) == "true" || found.value == "1";
    } else if (looks_like_key(what)) {
      custom.keys.push_back(std::move(found));
    }
    return true;
  }

  void add_custom(CustomLines& custom) {
    const std::string title = custom.endpoint.title;
    auto index = rows_.add_endpoint(std::move(custom.endpoint));
    const std::string name = title.empty() ? "CUSTOM" : title;
    if (!index) return rows_.add_problem(custom.line, name, index.error().message);
    if (custom.keys.empty()) rows_.add_endpoint_key(*index, custom.line, name, "", "");
    for (const auto& key : custom.keys)
      rows_.add_endpoint_key(*index, key.line, key.name, key.label, key.value);
  }

  KeyRows& rows_;
  int line_ = 0;
  std::vector<Assignment> accounts_;
  std::vector<Assignment> cloudflare_;
  std::map<std::string, CustomLines> custom_;
};

}  // namespace

Status read_env(std::string_view text, KeyRows& rows) {
  EnvReader reader{rows};
  while (!text.empty() && !rows.is_full()) {
    const auto end = std::min(text.find('\n'), text.size());
    reader.read_line(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  reader.finish();
  return {};
}

}  // namespace freellm::catalog
