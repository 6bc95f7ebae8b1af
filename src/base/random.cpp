#include "freellm/base/random.hpp"

#include <openssl/rand.h>

#include <array>
#include <cstdlib>
#include <string_view>

namespace freellm {

std::string Random::alphanumeric(std::size_t count) {
  static constexpr std::string_view kAlphabet =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  std::string out(count, '\0');
  for (char& c : out) c = kAlphabet[below(kAlphabet.size())];
  return out;
}

std::uint64_t SeededRandom::next_u64() {
  // splitmix64 (Steele, Lea, Flood 2014): passes BigCrush, one word of state.
  std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

void fill_random(std::span<std::byte> out) {
  if (RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(out.size())) != 1) {
    std::abort();
  }
}

std::string random_hex(std::size_t bytes) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  std::string raw(bytes, '\0');
  fill_random(std::as_writable_bytes(std::span{raw}));
  std::string out;
  out.reserve(bytes * 2);
  for (const char c : raw) {
    const auto byte = static_cast<unsigned char>(c);
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
  return out;
}

SeededRandom make_system_random() {
  std::array<std::byte, 8> raw{};
  fill_random(raw);
  std::uint64_t seed = 0;
  for (const std::byte b : raw) seed = seed << 8 | std::to_integer<std::uint64_t>(b);
  return SeededRandom{seed};
}

}  // namespace freellm
