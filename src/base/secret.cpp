#include "freellm/base/secret.hpp"

#include <openssl/crypto.h>

#include <cstring>

namespace freellm {

void secure_zero(void* data, std::size_t size) noexcept {
  if (size == 0) return;  // then it may be null, which memset must not be given
  std::memset(data, 0, size);
  // Says that somebody may read what was written: without it the write could be left out.
  asm volatile("" : : "r"(data) : "memory");
}

char* Secret::allocate(std::string_view text) {
  if (text.empty()) return nullptr;
  char* data = new char[text.size()];
  std::memcpy(data, text.data(), text.size());
  return data;
}

void Secret::wipe() noexcept {
  if (data_ == nullptr) return;
  secure_zero(data_, size_);
  delete[] data_;
  data_ = nullptr;
  size_ = 0;
}

Secret Secret::take(std::string&& text) {
  Secret secret{text};
  secure_zero(text.data(), text.size());
  text.clear();
  return secret;
}

bool constant_time_equal(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string masked(std::string_view secret) {
  constexpr std::string_view kEllipsis = "\u2026";
  if (secret.size() < 12) return std::string{kEllipsis};
  std::string out{secret.substr(0, 4)};
  out += kEllipsis;
  out += secret.substr(secret.size() - 4);
  return out;
}

}  // namespace freellm
