#include "freellm/base/random.hpp"

#include <openssl/rand.h>

#include <array>
#include <cstdlib>
#include <string_view>

namespace freellm {

namespace {

// In ASCII order, which time_ordered_id() needs.
constexpr std::string_view kAlphabet =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// 62^10 is the largest power of 62 below 2^64: one draw serves for ten characters, and what the
/// first of them are favoured by is far below what ids care for.
constexpr std::size_t kCharactersPerDraw = 10;

void fill_alphanumeric(Random& random, std::span<char> out) {
  std::uint64_t draw = 0;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (i % kCharactersPerDraw == 0) draw = random.next_u64();
    out[i] = kAlphabet[draw % kAlphabet.size()];
    draw /= kAlphabet.size();
  }
}

}  // namespace

std::string Random::alphanumeric(std::size_t count) {
  std::string out(count, '\0');
  fill_alphanumeric(*this, out);
  return out;
}

std::string Random::time_ordered_id(WallTime at) {
  constexpr std::size_t kTimeDigits = 8;  // of base 62: until the year 8888
  std::string out(20, '\0');
  auto rest =
      static_cast<std::uint64_t>(std::chrono::duration_cast<Millis>(at.time_since_epoch()).count());
  for (std::size_t i = kTimeDigits; i-- > 0; rest /= kAlphabet.size()) {
    out[i] = kAlphabet[rest % kAlphabet.size()];
  }
  fill_alphanumeric(*this, std::span{out}.subspan(kTimeDigits));
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
