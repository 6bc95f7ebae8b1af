#include "freellm/chat/scrub.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "chat/utf8.hpp"

namespace freellm::chat {
namespace {

constexpr std::string_view kRedacted = "[redacted]";
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
/// Looking for a token's end is linear, so what is looked at is bounded.
constexpr std::size_t kMostRead = 16 * 1024;
constexpr std::size_t kLongRun = 32;

/// How provider keys start (providers' documentation and key pages, 2026-11), and how many
/// characters must follow before it is taken for one.
struct KeyShape {
  std::string_view prefix;
  std::size_t at_least;
};
constexpr std::array kKeyShapes{
    KeyShape{"sk-", 8},         KeyShape{"sk_", 8},         KeyShape{"pk_", 8},
    KeyShape{"gsk_", 8},        KeyShape{"csk-", 8},        KeyShape{"AIza", 20},
    KeyShape{"AQ.", 20},        KeyShape{"nvapi-", 8},      KeyShape{"ghp_", 8},
    KeyShape{"gho_", 8},        KeyShape{"ghs_", 8},        KeyShape{"hf_", 8},
    KeyShape{"xai-", 8},        KeyShape{"github_pat_", 8}, KeyShape{"eyJ", 16},
    KeyShape{"freellmapi-", 8}, KeyShape{"glpat-", 8},      KeyShape{"AKIA", 12},
    KeyShape{"ya29.", 8},
};

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// What tokens are made of: base64url, JWT dots, and the separators inside keys.
bool is_token_character(char c) {
  return is_alphanumeric(c) || c == '-' || c == '_' || c == '.' || c == '~' || c == '+' || c == '=';
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool starts_with_nocase(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() &&
         std::equal(prefix.begin(), prefix.end(), text.begin(),
                    [](char a, char b) { return lower(a) == lower(b); });
}

/// Behind "Bearer" and the like a slash may stand too (plain base64).
bool is_credential_character(char c) { return is_token_character(c) || c == '/'; }

template <class Predicate>
std::size_t run_length(std::string_view text, Predicate predicate) {
  const auto end = std::find_if_not(text.begin(), text.end(), predicate);
  return static_cast<std::size_t>(end - text.begin());
}

std::string without_known(std::string_view text, std::span<const std::string_view> secrets) {
  std::string out{text};
  for (const auto secret : secrets) {
    if (secret.size() <= 3) continue;
    for (auto at = out.find(secret); at != out.npos; at = out.find(secret, at + kRedacted.size())) {
      out.replace(at, secret.size(), kRedacted);
    }
  }
  return out;
}

/// The length of the credential at the front of `text`, which starts a word; 0 when there is none.
std::size_t credential_length(std::string_view text) {
  const std::size_t token = run_length(text, is_token_character);
  for (const auto& shape : kKeyShapes) {
    if (text.starts_with(shape.prefix) && token >= shape.prefix.size() + shape.at_least)
      return token;
  }
  if (run_length(text, is_alphanumeric) >= kLongRun) return token;
  return 0;
}

/// What follows "Bearer ", "?key=", "api_key: " and the like is secret whatever it looks like.
/// Returns the length of the introduction, 0 when the text does not start with one.
std::size_t introduction_length(std::string_view text) {
  static constexpr std::array<std::string_view, 3> kSchemes{"bearer ", "basic ", "token "};
  for (const auto scheme : kSchemes) {
    if (!starts_with_nocase(text, scheme)) continue;
    // "token limit" and "basic plan" are prose: a credential is longer and has a digit.
    const auto word =
        text.substr(scheme.size(), run_length(text.substr(scheme.size()), is_credential_character));
    const bool digit =
        std::any_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (word.size() >= 8 && (digit || scheme == kSchemes[0])) return scheme.size();
  }
  return 0;
}

/// The query of a URL: values go, names stay. Returns what replaces `query` (which starts at ? or
/// &).
std::optional<std::size_t> query_value_offset(std::string_view text) {
  if (text[0] != '?' && text[0] != '&') return std::nullopt;
  const std::size_t name = run_length(text.substr(1), [](char c) {
    return is_alphanumeric(c) || c == '_' || c == '-' || c == '.';
  });
  if (name == 0 || name + 1 >= text.size() || text[name + 1] != '=') return std::nullopt;
  return name + 2;
}

/// `user:password@` behind "://"; its length with the @, or 0.
std::size_t user_info_length(std::string_view text) {
  const std::size_t length = run_length(text, [](char c) {
    return is_token_character(c) || c == ':' || c == '%' || c == '!' || c == '$' || c == '&';
  });
  return length > 0 && length < text.size() && text[length] == '@' ? length + 1 : 0;
}

class Scrubber {
 public:
  Scrubber(std::string_view text, std::size_t enough) : text_(text), enough_(enough) {}

  std::string run() {
    while (at_ < text_.size() && out_.size() <= enough_) step();
    return std::move(out_);
  }

 private:
  [[nodiscard]] std::string_view rest() const { return text_.substr(at_); }

  void step() {
    if (at_word_start() && (redact_credential() || redact_introduced())) return;
    if (redact_query_value() || redact_user_info()) return;
    copy_character();
  }

  [[nodiscard]] bool at_word_start() const {
    return at_ == 0 ||
           !(is_alphanumeric(text_[at_ - 1]) || text_[at_ - 1] == '_' || text_[at_ - 1] == '-');
  }

  bool redact_credential() { return redact(0, credential_length(rest())); }

  bool redact_introduced() {
    const std::size_t introduction = introduction_length(rest());
    return introduction > 0 &&
           redact(introduction, run_length(rest().substr(introduction), is_credential_character));
  }

  bool redact_query_value() {
    const auto value = query_value_offset(rest());
    if (!value) return false;
    return redact(*value, run_length(rest().substr(*value), [](char c) {
      return static_cast<unsigned char>(c) > ' ' && c != '&' && c != '"' && c != '\'' && c != '#' &&
             c != '<' && c != '>';
    }));
  }

  bool redact_user_info() {
    constexpr std::string_view kAuthority = "://";
    if (!rest().starts_with(kAuthority)) return false;
    const std::size_t length = user_info_length(rest().substr(kAuthority.size()));
    return redact(kAuthority.size(), length);
  }

  bool redact(std::size_t keep, std::size_t length) {
    if (length == 0) return false;
    out_ += rest().substr(0, keep);
    out_ += kRedacted;
    at_ += keep + length;
    return true;
  }

  void copy_character() {
    const std::size_t length = utf8_sequence_length(rest());
    const auto byte = static_cast<unsigned char>(text_[at_]);
    if (length == 0) {
      out_ += kReplacement;
    } else if (byte < 0x20 || byte == 0x7F) {
      out_ += ' ';
    } else {
      out_ += rest().substr(0, length);
    }
    at_ += std::max<std::size_t>(length, 1);
  }

  std::string_view text_;
  std::size_t enough_;
  std::size_t at_ = 0;
  std::string out_;
};

void cut(std::string& text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return;
  std::size_t end = max_bytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  text.resize(end);
}

}  // namespace

std::string scrub(std::string_view foreign, std::span<const std::string_view> secrets,
                  std::size_t max_bytes) {
  const std::string known_gone = without_known(foreign.substr(0, kMostRead), secrets);
  std::string out = Scrubber{known_gone, max_bytes}.run();
  cut(out, max_bytes);
  return out;
}

}  // namespace freellm::chat
