#include "freellm/server/admin/password.hpp"

#include <openssl/evp.h>

#include <array>
#include <charconv>
#include <optional>
#include <vector>

#include "freellm/base/random.hpp"
#include "freellm/base/secret.hpp"

namespace freellm::server::admin {
namespace {

// OWASP password storage cheat sheet, 2024: N=2^15, r=8, p=3 takes 32 MiB and is as hard as N=2^17,
// p=1, which would take 128 MiB, more than the rest of the daemon.
struct Cost {
  int log_n = 15;
  int r = 8;
  int p = 3;
};
constexpr std::uint64_t kMaxMemory = 256ULL << 20;
constexpr std::size_t kHashBytes = 32;

std::optional<std::string> scrypt(std::string_view password, std::string_view salt,
                                  const Cost& cost) {
  std::array<unsigned char, kHashBytes> out{};
  const int done = EVP_PBE_scrypt(
      password.data(), password.size(), reinterpret_cast<const unsigned char*>(salt.data()),
      salt.size(), 1ULL << cost.log_n, static_cast<std::uint64_t>(cost.r),
      static_cast<std::uint64_t>(cost.p), kMaxMemory, out.data(), out.size());
  if (done != 1) return std::nullopt;
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (const auto byte : out) {
    hex += kDigits[byte >> 4U];
    hex += kDigits[byte & 15U];
  }
  return hex;
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto at = text.find('$');
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

int number(std::string_view text) {
  int value = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  return ec == std::errc{} && end == text.data() + text.size() ? value : -1;
}

}  // namespace

Result<std::string> hash_password(std::string_view password) {
  const Cost cost;
  const std::string salt = random_hex(16);
  const auto hash = scrypt(password, salt, cost);
  if (!hash) return Error{.message = "the password could not be hashed"};
  return "scrypt$" + std::to_string(cost.log_n) + "$" + std::to_string(cost.r) + "$" +
         std::to_string(cost.p) + "$" + salt + "$" + *hash;
}

bool verify_password(std::string_view password, std::string_view hash) {
  const auto parts = split(hash);
  if (parts.size() != 6 || parts[0] != "scrypt") return false;
  const Cost cost{number(parts[1]), number(parts[2]), number(parts[3])};
  if (cost.log_n < 1 || cost.log_n > 20 || cost.r < 1 || cost.r > 32 || cost.p < 1 || cost.p > 16)
    return false;
  const auto computed = scrypt(password, parts[4], cost);
  return computed && constant_time_equal(*computed, parts[5]);
}

}  // namespace freellm::server::admin
