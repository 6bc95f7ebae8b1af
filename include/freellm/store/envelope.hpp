#pragma once
// Envelope: AES-256-GCM over one secret, bound to the row it belongs to. Pure but for the nonce's
// randomness.
//
// Layout: version (1) | key id (8) | nonce (12) | ciphertext | tag (16). The first two and the
// binding are authenticated, so an envelope moved to another row, table or platform does not open.
// Thread-safe; about a microsecond for a key-sized secret. Use Vault unless you hold key material
// yourself.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "freellm/base/result.hpp"
#include "freellm/base/secret.hpp"

namespace freellm::store {

inline constexpr std::uint8_t kEnvelopeVersion = 1;
inline constexpr std::size_t kKeyBytes = 32;
inline constexpr std::size_t kKeyIdBytes = 8;
inline constexpr std::size_t kNonceBytes = 12;
inline constexpr std::size_t kTagBytes = 16;
inline constexpr std::size_t kEnvelopeOverhead = 1 + kKeyIdBytes + kNonceBytes + kTagBytes;
inline constexpr std::size_t kMaxSealedSecret = 64 * 1024;

using KeyMaterialId = std::array<char, kKeyIdBytes>;

/// What a sealed secret belongs to. Part of what the tag authenticates, not stored in the envelope.
struct Binding {
  std::string_view table;  ///< "provider_key"
  std::int64_t row = 0;
  std::string_view owner;  ///< platform slug or name of the secret
};

/// `key` must be kKeyBytes long. Fails only for a plain text beyond kMaxSealedSecret or when
/// OpenSSL does.
[[nodiscard]] Result<std::string> seal(std::string_view key, const KeyMaterialId& key_id,
                                       std::string_view plain, const Binding& binding);

/// Fails on anything altered, cut, bound elsewhere, sealed under another key or of an unknown
/// version; the message tells another key from damage and never shows content.
[[nodiscard]] Result<Secret> open(std::string_view key, const KeyMaterialId& key_id,
                                  std::string_view envelope, const Binding& binding);

}  // namespace freellm::store
