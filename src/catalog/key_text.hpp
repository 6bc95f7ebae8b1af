#pragma once
// What the readers of .env, JSON and CSV share. Private to the catalog.

#include "freellm/catalog/key_import.hpp"

namespace freellm::catalog {

/// Collects rows; remembers when there were too many.
class KeyRows {
 public:
  KeyRows(KeyImport& into, std::span<const std::string> slugs) : into_(into), slugs_(slugs) {}

  struct Row {
    int line = 0;
    std::string_view name, platform, label, secret;
    bool enabled = true;
    std::string problem;
  };
  /// Cleans up and checks what it can. The platform is "" when it is not known.
  void add(const Row& row);
  /// A row for the endpoint itself (without secret) or one of its keys.
  void add_endpoint_key(std::size_t endpoint, int line, std::string_view name,
                        std::string_view label, std::string_view secret, bool enabled = true);
  /// Fails with the reason when the endpoint cannot be used.
  [[nodiscard]] Result<std::size_t> add_endpoint(ImportedEndpoint endpoint);
  void add_problem(int line, std::string_view name, std::string problem);

  [[nodiscard]] std::span<const std::string> slugs() const { return slugs_; }
  [[nodiscard]] bool is_full() const { return is_full_; }

 private:
  void push(ImportedKey key);

  KeyImport& into_;
  std::span<const std::string> slugs_;
  bool is_full_ = false;
};

[[nodiscard]] Status read_env(std::string_view text, KeyRows& rows);
[[nodiscard]] Status read_json(std::string_view text, KeyRows& rows);
[[nodiscard]] Status read_csv(std::string_view text, KeyRows& rows);

/// Without comments and trailing commas; line breaks stay. Strings are left alone.
[[nodiscard]] std::string plain_json(std::string_view text);

/// Why this cannot be a key; "" when it can.
[[nodiscard]] std::string key_problem(std::string_view secret);

/// "qwen3-30b-TOOLS,llava-VISION": the suffixes (upper case, at the end) say what a model can. A
/// model without any is presumed to be able to do everything.
[[nodiscard]] std::vector<CustomModel> models_of_list(std::string_view list);
[[nodiscard]] std::string list_of_models(std::span<const CustomModel> models);

[[nodiscard]] std::string_view trim(std::string_view text);
[[nodiscard]] std::string upper(std::string_view text);
[[nodiscard]] std::string lower(std::string_view text);
[[nodiscard]] Error import_error(std::string message);

}  // namespace freellm::catalog
