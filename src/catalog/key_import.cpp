#include "freellm/catalog/key_import.hpp"

#include <algorithm>
#include <array>

#include "freellm/wire/url.hpp"
#include "key_text.hpp"
#include "slug.hpp"

namespace freellm::catalog {
namespace {

constexpr std::size_t kMaxSecretBytes = 4096;
constexpr std::size_t kMaxLabelBytes = 80;
constexpr std::size_t kMaxNameBytes = 80;

struct NameBeginning {
  std::string_view begin;
  std::string_view slug;
};

/// How people and the platforms' own documents begin the names of such variables.
constexpr std::array kBeginnings{
    NameBeginning{"GEMINI", "google"},
    NameBeginning{"GOOGLE", "google"},
    NameBeginning{"GROQ", "groq"},
    NameBeginning{"CEREBRAS", "cerebras"},
    NameBeginning{"OPENROUTER", "openrouter"},
    NameBeginning{"OPEN_ROUTER", "openrouter"},
    NameBeginning{"GITHUB", "github"},
    NameBeginning{"SAMBANOVA", "sambanova"},
    NameBeginning{"SAMBA_NOVA", "sambanova"},
    NameBeginning{"MISTRAL", "mistral"},
    NameBeginning{"COHERE", "cohere"},
    NameBeginning{"CO_API", "cohere"},
    NameBeginning{"CLOUDFLARE", "cloudflare"},
    NameBeginning{"CF", "cloudflare"},
    NameBeginning{"ZHIPU", "zhipu"},
    NameBeginning{"ZHIPUAI", "zhipu"},
    NameBeginning{"BIGMODEL", "zhipu"},
    NameBeginning{"ZAI", "zhipu"},
    NameBeginning{"Z_AI", "zhipu"},
    NameBeginning{"NVIDIA", "nvidia"},
    NameBeginning{"NIM", "nvidia"},
    NameBeginning{"OLLAMA", "ollama"},
    NameBeginning{"POLLINATIONS", "pollinations"},
    NameBeginning{"LLM7", "llm7"},
    NameBeginning{"KILO", "kilo"},
    NameBeginning{"KILOCODE", "kilo"},
};

std::string with_underscores(std::string_view text) {
  std::string out = upper(text);
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c == '-' || c == ' ' || c == '.'; }, '_');
  return out;
}

/// "GROQ" begins GROQ and GROQ_API_KEY, not GROQUET.
bool begins(std::string_view name, std::string_view begin) {
  return name.starts_with(begin) && (name.size() == begin.size() || name[begin.size()] == '_');
}

KeyTextFormat guess_format(std::string_view text) {
  const auto start = trim(text);
  if (start.starts_with('{') || start.starts_with('[') || start.starts_with('/'))
    return KeyTextFormat::json;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.starts_with('#')) continue;
    const auto equals = line.find('=');
    const auto comma = line.find_first_of(",;\t");
    return comma < equals ? KeyTextFormat::csv : KeyTextFormat::env;
  }
  return KeyTextFormat::env;
}

std::string clean(std::string_view text, std::size_t max) {
  std::string out{trim(text).substr(0, max)};
  std::replace_if(
      out.begin(), out.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  return out;
}

constexpr std::string_view kFormats[] = {"env", "json", "csv"};

}  // namespace

std::string_view name_of(KeyTextFormat format) {
  return kFormats[static_cast<std::size_t>(format)];
}

std::optional<KeyTextFormat> key_text_format(std::string_view name) {
  const auto* found = std::find(std::begin(kFormats), std::end(kFormats), name);
  if (found == std::end(kFormats)) return std::nullopt;
  return static_cast<KeyTextFormat>(found - std::begin(kFormats));
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\v\f";
  const auto begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

std::string upper(std::string_view text) {
  std::string out{text};
  for (auto& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return out;
}

std::string lower(std::string_view text) {
  std::string out{text};
  for (auto& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

Error import_error(std::string message) {
  return Error{.kind = ErrorKind::bad_request,
               .source = ErrorSource::downstream,
               .http_status = 400,
               .message = std::move(message),
               .param = "text",
               .code = "invalid_request"};
}

std::string key_problem(std::string_view secret) {
  if (secret.empty()) return "There is no value.";
  if (secret.size() > kMaxSecretBytes) return "The value is longer than 4096 characters.";
  const bool is_clean =
      std::all_of(secret.begin(), secret.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  return is_clean ? "" : "The value holds spaces, control or non-ASCII characters.";
}

std::string slug_from(std::string_view title) {
  std::string out;
  for (const char c : lower(title)) {
    const bool is_alnum = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (is_alnum) {
      out += c;
    } else if (!out.empty() && out.back() != '-') {
      out += '-';
    }
  }
  out.resize(std::min<std::size_t>(out.size(), 48));
  while (out.ends_with('-')) out.pop_back();
  return out;
}

std::string platform_of_name(std::string_view name, std::span<const std::string> slugs) {
  const auto wanted = with_underscores(name);
  std::string best;
  std::size_t longest = 0;
  for (const auto& slug : slugs) {
    const auto begin = with_underscores(slug);
    if (begin.size() <= longest || !begins(wanted, begin)) continue;
    longest = begin.size();
    best = slug;
  }
  for (const auto& [begin, slug] : kBeginnings) {
    if (begin.size() <= longest || !begins(wanted, begin)) continue;
    if (std::find(slugs.begin(), slugs.end(), slug) == slugs.end()) continue;
    longest = begin.size();
    best = slug;
  }
  return best;
}

void KeyRows::push(ImportedKey key) {
  if (into_.keys.size() >= kMaxImportRows) {
    is_full_ = true;
    return;
  }
  into_.keys.push_back(std::move(key));
}

void KeyRows::add(const Row& row) {
  ImportedKey key;
  key.line = row.line;
  key.name = clean(row.name, kMaxNameBytes);
  key.platform = row.platform;
  key.label = clean(row.label, kMaxLabelBytes);
  const auto secret = trim(row.secret);
  key.problem = row.problem.empty() ? key_problem(secret) : row.problem;
  if (key.problem.empty() && key.platform == "cloudflare" &&
      secret.find(':') == std::string_view::npos) {
    key.problem = "A Cloudflare key is account_id:token; the account id is missing.";
  }
  if (secret.size() <= kMaxSecretBytes) key.secret = Secret{secret};
  key.enabled = row.enabled;
  push(std::move(key));
}

void KeyRows::add_problem(int line, std::string_view name, std::string problem) {
  ImportedKey key;
  key.line = line;
  key.name = clean(name, kMaxNameBytes);
  key.problem = std::move(problem);
  push(std::move(key));
}

Result<std::size_t> KeyRows::add_endpoint(ImportedEndpoint endpoint) {
  endpoint.title = clean(endpoint.title, 48);
  if (endpoint.slug.empty()) endpoint.slug = slug_from(endpoint.title);
  if (!is_slug(endpoint.slug)) return import_error("An endpoint needs a name.");
  if (endpoint.base_url.empty()) return import_error("The endpoint has no base URL; skipped.");
  if (const auto url = wire::parse_base_url(endpoint.base_url); !url)
    return import_error("The base URL cannot be used: " + url.error().message + ".");
  if (endpoint.models.size() > kMaxCustomModels)
    return import_error("The endpoint has more than 1000 models.");
  const auto same = std::find_if(into_.endpoints.begin(), into_.endpoints.end(),
                                 [&](const auto& known) { return known.slug == endpoint.slug; });
  if (same != into_.endpoints.end()) {
    if (same->base_url != endpoint.base_url)
      return import_error("Another endpoint of this name stands above, with another address.");
    return static_cast<std::size_t>(same - into_.endpoints.begin());
  }
  if (into_.endpoints.size() >= kMaxImportEndpoints)
    return import_error("The text has more than 50 endpoints; paste it in parts.");
  into_.endpoints.push_back(std::move(endpoint));
  return into_.endpoints.size() - 1;
}

void KeyRows::add_endpoint_key(std::size_t endpoint, int line, std::string_view name,
                               std::string_view label, std::string_view secret, bool enabled) {
  const auto& slug = into_.endpoints[endpoint].slug;
  const auto value = trim(secret);
  ImportedKey key;
  key.line = line;
  key.name = clean(name, kMaxNameBytes);
  key.platform = slug;
  key.label = clean(label, kMaxLabelBytes);
  if (!value.empty()) key.problem = key_problem(value);
  if (value.size() <= kMaxSecretBytes) key.secret = Secret{value};
  key.endpoint = endpoint;
  key.enabled = enabled;
  push(std::move(key));
}

std::vector<CustomModel> models_of_list(std::string_view list) {
  std::vector<CustomModel> models;
  while (!list.empty() && models.size() <= kMaxCustomModels) {
    const auto end = std::min(list.find(','), list.size());
    auto id = trim(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
    CustomModel model;
    bool is_stated = false;
    Capabilities stated;
    for (bool again = true; again;) {
      again = false;
      for (const auto& [suffix, flag] : {std::pair{"-TOOLS", &Capabilities::tools},
                                         std::pair{"-VISION", &Capabilities::vision}}) {
        if (!id.ends_with(suffix) || id.size() == std::string_view{suffix}.size()) continue;
        id.remove_suffix(std::string_view{suffix}.size());
        stated.*flag = is_stated = again = true;
      }
    }
    if (is_stated) model.capabilities = stated;
    model.upstream_id = id;
    const bool is_known = std::any_of(models.begin(), models.end(), [&](const auto& other) {
      return other.upstream_id == model.upstream_id;
    });
    if (!id.empty() && id.size() <= kMaxModelIdBytes && !is_known)
      models.push_back(std::move(model));
  }
  return models;
}

std::string list_of_models(std::span<const CustomModel> models) {
  std::string list;
  for (const auto& model : models) {
    if (!list.empty()) list += ',';
    list += model.upstream_id;
    if (model.capabilities == CustomModel{}.capabilities) continue;
    if (model.capabilities.tools) list += "-TOOLS";
    if (model.capabilities.vision) list += "-VISION";
  }
  return list;
}

Result<KeyImport> parse_key_text(std::string_view text, std::optional<KeyTextFormat> format,
                                 std::span<const std::string> slugs) {
  if (text.size() > kMaxImportBytes) return import_error("The text is longer than 1 MB.");
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  KeyImport found;
  found.format = format.value_or(guess_format(text));
  KeyRows rows{found, slugs};
  const Status read = found.format == KeyTextFormat::json  ? read_json(text, rows)
                      : found.format == KeyTextFormat::csv ? read_csv(text, rows)
                                                           : read_env(text, rows);
  if (!read) return read.error();
  if (rows.is_full()) return import_error("The text has more than 1000 rows; paste it in parts.");
  return found;
}

}  // namespace freellm::catalog
