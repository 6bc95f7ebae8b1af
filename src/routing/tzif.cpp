// TimeZone::from_tzif: the binary format of the tz database (RFC 8536), version 2 and later.
#include <algorithm>
#include <cstdint>
#include <string_view>

#include "freellm/routing/time_zone.hpp"

namespace freellm::routing {
namespace {

constexpr std::size_t kHeaderBytes = 44;
constexpr std::size_t kMaxTransitions = 4096;

std::int64_t big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char c : bytes) value = value << 8U | static_cast<unsigned char>(c);
  const std::size_t unused_bits = 64 - 8 * bytes.size();
  return static_cast<std::int64_t>(value << unused_bits) >> unused_bits;
}

struct Header {
  std::size_t isutc, isstd, leap, times, types, chars;

  [[nodiscard]] std::size_t body_bytes(std::size_t time_bytes) const {
    return times * time_bytes + times + types * 6 + chars + leap * (time_bytes + 4) + isstd + isutc;
  }
};

std::optional<Header> read_header(std::string_view bytes) {
  if (bytes.size() < kHeaderBytes || bytes.substr(0, 4) != "TZif" || bytes[4] < '2')
    return std::nullopt;
  std::size_t counts[6];
  for (std::size_t i = 0; i < 6; ++i) {
    const auto count = big_endian(bytes.substr(20 + 4 * i, 4));
    if (count < 0 || count > static_cast<std::int64_t>(kMaxTransitions)) return std::nullopt;
    counts[i] = static_cast<std::size_t>(count);
  }
  return Header{counts[0], counts[1], counts[2], counts[3], counts[4], counts[5]};
}

}  // namespace

std::optional<TimeZone> TimeZone::from_tzif(std::string_view bytes) {
  const auto old = read_header(bytes);
  if (!old) return std::nullopt;
  const std::size_t second = kHeaderBytes + old->body_bytes(4);
  if (second > bytes.size()) return std::nullopt;
  bytes.remove_prefix(second);
  const auto header = read_header(bytes);
  if (!header || header->types == 0) return std::nullopt;
  const std::size_t end = kHeaderBytes + header->body_bytes(8);
  if (end > bytes.size()) return std::nullopt;

  const auto times = bytes.substr(kHeaderBytes, header->times * 8);
  const auto kinds = bytes.substr(kHeaderBytes + header->times * 8, header->times);
  const auto types = bytes.substr(kHeaderBytes + header->times * 9, header->types * 6);
  TimeZone zone;
  zone.first_offset_ = static_cast<std::int32_t>(big_endian(types.substr(0, 4)));
  zone.transitions_.reserve(header->times);
  for (std::size_t i = 0; i < header->times; ++i) {
    const auto kind = static_cast<unsigned char>(kinds[i]);
    if (kind >= header->types) return std::nullopt;
    zone.transitions_.push_back(
        {big_endian(times.substr(i * 8, 8)),
         static_cast<std::int32_t>(big_endian(types.substr(kind * 6U, 4)))});
  }
  const auto by_time = [](const Transition& a, const Transition& b) { return a.at < b.at; };
  if (!std::is_sorted(zone.transitions_.begin(), zone.transitions_.end(), by_time))
    return std::nullopt;

  // Footer: "\n<POSIX rule>\n", for all times after the last transition.
  auto footer = bytes.substr(end);
  if (footer.size() >= 2 && footer.front() == '\n') {
    footer.remove_prefix(1);
    zone.rule_ = PosixRule::parse(footer.substr(0, footer.find('\n')));
  }
  zone.from_database_ = true;
  return zone;
}

}  // namespace freellm::routing
