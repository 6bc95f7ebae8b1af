#pragma once
// The quirk table: how each OpenAI-like platform differs from OpenAI, as data.
//
// The rows live in config/quirks.json (built in) and may be extended at run time with rows of the
// same form, so that a further platform needs a catalog entry and rows here, and no C++. A QuirkSet
// is immutable once installed and stays valid as long as the process lives; look-ups are lock-free
// and thread-safe.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "freellm/base/result.hpp"
#include "freellm/catalog/types.hpp"
#include "freellm/chat/canonical.hpp"
#include "freellm/provider/failure.hpp"
#include "freellm/provider/rate_headers.hpp"

namespace freellm::provider {

/// When a rule applies: every flag holds and the upstream model id matches one of the patterns (`*`
/// stands for any run of characters; no patterns = every model).
struct RuleCondition {
  enum class Flag : std::uint8_t {
    tools,     ///< the request declares tools
    no_tools,  ///< it declares none
    streaming,
    not_streaming,
    json,  ///< response_format is json_object or json_schema
    json_schema,
    tool_choice_none,
    anonymous,  ///< no key
  };
  std::vector<Flag> flags;
  std::vector<std::string> models;
  std::vector<std::string> except_models;  ///< never for these
};

enum class RuleAction : std::uint8_t {
  drop,
  rename,    ///< to `target`, unless the request has that member too
  clamp,     ///< a number to [min, max]
  at_most,   ///< an array to its first `count` items
  map,       ///< a value to another; an empty one drops the member; others stay
  only,      ///< drop the member unless its value is one of `values`
  fallback,  ///< add `json` when the request has no such member
  set,       ///< send `json`, whatever the request says
};

/// What to do with one top-level member of the request. Values are raw JSON.
struct ParamRule {
  std::string param;
  RuleAction action = RuleAction::drop;
  RuleCondition when;
  std::string target;
  std::optional<double> min;
  std::optional<double> max;
  bool max_is_model_output =
      false;  ///< the model's max_output_tokens, when the catalog knows it, is the maximum
  std::size_t count = 0;
  std::vector<std::pair<std::string, std::string>> map;
  std::vector<std::string> values;
  std::string json;
  std::string why;  ///< the reason and its source; shown to people, never empty
};

/// What the messages must look like for these models; chat/canonical.hpp does the work.
struct MessageRules {
  chat::HygieneOptions options;
  std::vector<std::string> models;  ///< patterns; empty = every model
  std::string why;
};

enum class AuthScheme : std::uint8_t { bearer, header, none };

enum class ProbeVerdict : std::uint8_t { valid, invalid, inconclusive };

/// A request that tells whether a key is good. A status that is not listed: 2xx valid, 401 invalid,
/// the rest says nothing.
struct KeyProbe {
  std::string method = "GET";
  std::string url;   ///< absolute, or a path appended to the base URL
  std::string body;  ///< `{model}` is replaced by the route's upstream id
  std::map<int, ProbeVerdict> verdicts;
  std::string why;
};

struct StaticHeader {
  std::string name;
  std::string value;
};

/// Everything that is special about one platform.
struct QuirkSet {
  std::string name;
  std::string chat_path = "/chat/completions";
  AuthScheme auth = AuthScheme::bearer;
  std::string auth_header;  ///< for AuthScheme::header
  std::vector<StaticHeader> headers;
  bool stream_usage = true;  ///< takes stream_options.include_usage
  bool known_only = false;   ///< refuses members it does not know: only `known` are sent
  std::vector<std::string> known;
  std::vector<ParamRule> params;
  std::vector<MessageRules> messages;
  std::vector<std::string>
      reasoning_fields;  ///< tried in order besides reasoning_content and reasoning
  std::vector<ErrorRule> errors;
  std::vector<RateHeaderRow> rate_headers;
  std::vector<KeyProbe> key_probes;
  bool polls_on_202 = false;  ///< 202 + NVCF-REQID means: come back for the answer (NVIDIA)
  std::string poll_url;       ///< with `{id}`
  std::vector<std::string> dead_answers;  ///< whole answers that are no answer ("safe", Kilo)
  std::string why;
};

/// Reads `{"platforms": {"name": {...}}}`. A set may extend another one, of the same text or
/// installed. The message of an error names the set, the row and the member.
[[nodiscard]] Result<std::vector<QuirkSet>> parse_quirks(std::string_view json);

/// Reads the sets of a catalog file: the object that its member "quirks" holds. They may extend
/// each other, in the order of the file, and built-in sets; `common` and `openai` cannot be
/// replaced. The message of an error starts with its place in the file: "/quirks/nova/params/2: …".
[[nodiscard]] Result<std::vector<QuirkSet>> parse_catalog_quirks(std::string_view json);

/// Adds sets to the table, replacing those of the same name. For start-up and reload; thread-safe.
void install_quirks(std::vector<QuirkSet> sets);
/// Puts the sets of a catalog file over the built-in table, in place of those installed before.
void replace_installed_quirks(std::vector<QuirkSet> sets);

/// The set named by `platform.quirks`, else by its slug, else the plain OpenAI set.
[[nodiscard]] const QuirkSet& quirks_for(const catalog::Platform& platform);

/// The rows that hold for every platform; they go before (parameters) or after (errors) a
/// platform's own.
[[nodiscard]] const QuirkSet& common_quirks();

/// The set of that name, or nullptr.
[[nodiscard]] const QuirkSet* find_quirks(std::string_view name);
/// Likewise among those of config/quirks.json alone.
[[nodiscard]] const QuirkSet* built_in_quirks(std::string_view name);

/// True when `text` matches `pattern` (`*` = any run of characters, no other magic). Never worse
/// than the product of the lengths.
[[nodiscard]] bool glob_match(std::string_view pattern, std::string_view text);

}  // namespace freellm::provider
