#include "freellm/store/envelope.hpp"

#include <openssl/evp.h>

#include <cstring>
#include <memory>
#include <span>

#include "freellm/base/random.hpp"

namespace freellm::store {
namespace {

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

// Fetched once: OpenSSL 3 looks an algorithm up by name on every implicit fetch, which costs more
// than the decryption itself. The context is kept per thread for the same reason.
EVP_CIPHER* cipher() {
  static EVP_CIPHER* const fetched = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  return fetched;
}

EVP_CIPHER_CTX* context() {
  thread_local const std::unique_ptr<EVP_CIPHER_CTX, FreeContext> kept{EVP_CIPHER_CTX_new()};
  return kept.get();
}

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

Error crypto_error(std::string message) {
  return Error{.kind = ErrorKind::internal, .message = std::move(message), .code = "crypto"};
}
Error envelope_error(std::string message, std::string code) {
  return Error{.kind = ErrorKind::storage, .message = std::move(message), .code = std::move(code)};
}

void append_length(std::string& out, std::uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xff);
}

/// Header and binding, each part with its length in front, so that no two bindings read the same.
std::string associated(std::string_view header, const Binding& binding) {
  std::string out;
  out.reserve(header.size() + binding.table.size() + binding.owner.size() + 24);
  out += header;
  append_length(out, binding.table.size());
  out += binding.table;
  append_length(out, static_cast<std::uint64_t>(binding.row));
  append_length(out, binding.owner.size());
  out += binding.owner;
  return out;
}

std::string header_of(const KeyMaterialId& key_id) {
  std::string header(1, static_cast<char>(kEnvelopeVersion));
  header.append(key_id.data(), key_id.size());
  return header;
}

constexpr std::size_t kHeaderBytes = 1 + kKeyIdBytes;

}  // namespace

Result<std::string> seal(std::string_view key, const KeyMaterialId& key_id, std::string_view plain,
                         const Binding& binding) {
  if (plain.size() > kMaxSealedSecret) {
    return envelope_error("a secret may have at most 64 KiB", "secret_too_long");
  }
  std::string out = header_of(key_id);
  const std::string aad = associated(out, binding);
  out.resize(plain.size() + kEnvelopeOverhead);
  std::span<char> nonce{out.data() + kHeaderBytes, kNonceBytes};
  fill_random(std::as_writable_bytes(nonce));
  unsigned char* const text = bytes(out) + kHeaderBytes + kNonceBytes;
  auto* const cx = context();
  int length = 0;
  const bool is_sealed =
      key.size() == kKeyBytes &&
      EVP_EncryptInit_ex2(cx, cipher(), bytes(key), reinterpret_cast<unsigned char*>(nonce.data()),
                          nullptr) == 1 &&
      EVP_EncryptUpdate(cx, nullptr, &length, bytes(aad), static_cast<int>(aad.size())) == 1 &&
      EVP_EncryptUpdate(cx, text, &length, bytes(plain), static_cast<int>(plain.size())) == 1 &&
      EVP_EncryptFinal_ex(cx, text + plain.size(), &length) == 1 &&
      EVP_CIPHER_CTX_ctrl(cx, EVP_CTRL_AEAD_GET_TAG, kTagBytes, text + plain.size()) == 1;
  if (!is_sealed) return crypto_error("OpenSSL could not seal a secret");
  return out;
}

Result<Secret> open(std::string_view key, const KeyMaterialId& key_id, std::string_view envelope,
                    const Binding& binding) {
  if (envelope.size() < kEnvelopeOverhead ||
      envelope.size() > kEnvelopeOverhead + kMaxSealedSecret) {
    return envelope_error("a sealed secret is damaged (wrong length)", "damaged_secret");
  }
  if (static_cast<std::uint8_t>(envelope.front()) != kEnvelopeVersion) {
    return envelope_error("a sealed secret has an unknown format version", "damaged_secret");
  }
  if (std::memcmp(envelope.data() + 1, key_id.data(), key_id.size()) != 0) {
    return envelope_error("a secret was sealed under another master key", "wrong_master_key");
  }
  const std::string aad = associated(envelope.substr(0, kHeaderBytes), binding);
  const auto nonce = envelope.substr(kHeaderBytes, kNonceBytes);
  const auto text =
      envelope.substr(kHeaderBytes + kNonceBytes, envelope.size() - kEnvelopeOverhead);
  std::array<unsigned char, kTagBytes> tag{};
  std::memcpy(tag.data(), envelope.data() + envelope.size() - kTagBytes, kTagBytes);
  std::string plain(text.size(), '\0');
  auto* const cx = context();
  int length = 0;
  const bool is_authentic =
      key.size() == kKeyBytes &&
      EVP_DecryptInit_ex2(cx, cipher(), bytes(key), bytes(nonce), nullptr) == 1 &&
      EVP_DecryptUpdate(cx, nullptr, &length, bytes(aad), static_cast<int>(aad.size())) == 1 &&
      EVP_DecryptUpdate(cx, bytes(plain), &length, bytes(text), static_cast<int>(text.size())) ==
          1 &&
      EVP_CIPHER_CTX_ctrl(cx, EVP_CTRL_AEAD_SET_TAG, kTagBytes, tag.data()) == 1 &&
      EVP_DecryptFinal_ex(cx, bytes(plain) + text.size(), &length) == 1;
  Secret secret = Secret::take(std::move(plain));  // wipes the buffer in the failing case, too
  if (!is_authentic) {
    return envelope_error("a sealed secret is damaged or belongs to another row", "damaged_secret");
  }
  return secret;
}

}  // namespace freellm::store
