#pragma once
// Vault: holds the master key and seals, opens and fingerprints secrets with keys derived from it.
//
// Immutable after construction and thread-safe. The master key is 32 random bytes, from
// FREELLMAPI_MASTER_KEY (64 hex digits) or <data-dir>/master.key.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "freellm/base/result.hpp"
#include "freellm/base/secret.hpp"
#include "freellm/catalog/types.hpp"
#include "freellm/store/envelope.hpp"

namespace freellm::store {

/// The table name provider keys are bound to.
inline constexpr std::string_view kProviderKeyTable = "provider_key";

class Vault {
 public:
  /// `master` is the raw 32 bytes.
  explicit Vault(const Secret& master);

  [[nodiscard]] Result<std::string> seal(std::string_view plain, const Binding& binding) const;
  [[nodiscard]] Result<Secret> open(std::string_view envelope, const Binding& binding) const;
  /// A provider key's plain text, for one attempt. The anonymous key opens to an empty Secret.
  [[nodiscard]] Result<Secret> open(const catalog::ProviderKey& key,
                                    std::string_view platform_slug) const;

  /// HMAC-SHA256: equal secrets of one platform have equal fingerprints, and it says nothing else
  /// about them.
  [[nodiscard]] std::string fingerprint(std::string_view secret,
                                        std::string_view platform_slug) const;

  /// First 8 bytes of SHA-256 over a label and the master key: names the key without giving it
  /// away.
  [[nodiscard]] const KeyMaterialId& key_id() const { return key_id_; }
  [[nodiscard]] std::string key_id_hex() const;

 private:
  Secret sealing_key_;
  Secret fingerprint_key_;
  KeyMaterialId key_id_{};
};

/// Decodes 64 hex digits (surrounding white space allowed) into the raw key.
[[nodiscard]] Result<Secret> parse_master_key(std::string_view hex);

/// Reads a key file. Refuses a symbolic link, anything but a regular file of our own user, a mode
/// that lets group or others in, and wrong content. nullopt when there is no such file.
[[nodiscard]] Result<std::optional<Secret>> read_master_key(const std::filesystem::path& file);

/// Writes a fresh random key with mode 0600, atomically and durably; fails if `file` exists.
[[nodiscard]] Result<Secret> create_master_key(const std::filesystem::path& file);

}  // namespace freellm::store
