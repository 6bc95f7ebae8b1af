#include "freellm/store/vault.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <cstring>

namespace freellm::store {
namespace {

constexpr std::string_view kSealingLabel = "freellmapi vault: sealing v1";
constexpr std::string_view kFingerprintLabel = "freellmapi vault: fingerprint v1";
constexpr std::string_view kKeyIdLabel = "freellmapi vault: key id v1";

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string hmac(std::string_view key, std::string_view message) {
  std::string out(SHA256_DIGEST_LENGTH, '\0');
  unsigned int length = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes(message), message.size(),
       reinterpret_cast<unsigned char*>(out.data()), &length);
  return out;
}

/// HKDF-Expand with one block: the master key is uniformly random, so no extract step is needed
/// (RFC 5869 §3.3).
Secret derive(const Secret& master, std::string_view label) {
  return Secret::take(hmac(master.reveal(), std::string{label} + '\x01'));
}

KeyMaterialId key_id_of(const Secret& master) {
  std::string input{kKeyIdLabel};
  input += master.reveal();
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(bytes(input), input.size(), digest.data());
  secure_zero(input.data(), input.size());
  KeyMaterialId id;
  std::memcpy(id.data(), digest.data(), id.size());
  return id;
}

}  // namespace

Vault::Vault(const Secret& master)
    : sealing_key_(derive(master, kSealingLabel)),
      fingerprint_key_(derive(master, kFingerprintLabel)),
      key_id_(key_id_of(master)) {}

Result<std::string> Vault::seal(std::string_view plain, const Binding& binding) const {
  return store::seal(sealing_key_.reveal(), key_id_, plain, binding);
}

Result<Secret> Vault::open(std::string_view envelope, const Binding& binding) const {
  return store::open(sealing_key_.reveal(), key_id_, envelope, binding);
}

Result<Secret> Vault::open(const catalog::ProviderKey& key, std::string_view platform_slug) const {
  if (key.id == kAnonymousKey) return Secret{};
  return open(key.sealed,
              {.table = kProviderKeyTable, .row = key.id.value, .owner = platform_slug});
}

std::string Vault::fingerprint(std::string_view secret, std::string_view platform_slug) const {
  std::string message{platform_slug};
  message += '\0';
  message += secret;
  std::string digest = hmac(fingerprint_key_.reveal(), message);
  secure_zero(message.data(), message.size());
  return digest;
}

std::string Vault::key_id_hex() const {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (const char c : key_id_) {
    out += kHex[static_cast<unsigned char>(c) >> 4];
    out += kHex[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

}  // namespace freellm::store
