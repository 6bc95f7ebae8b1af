#include "freellm/wire/head_buffer.hpp"

#include <cstring>

namespace freellm::wire {
namespace {

enum class LineEnd { none, blank_line, bare_line_feed };

struct Found {
  LineEnd end = LineEnd::none;
  std::size_t at = 0;  ///< behind the blank line, or the beginning of the unfinished line
};

/// Looks for the blank line from `line_begin` on; new bytes begin at `from`.
Found find_blank_line(std::string_view bytes, std::size_t line_begin, std::size_t from) {
  while (const void* hit = std::memchr(bytes.data() + from, '\n', bytes.size() - from)) {
    const auto at = static_cast<std::size_t>(static_cast<const char*>(hit) - bytes.data());
    if (at == line_begin || bytes[at - 1] != '\r') return {LineEnd::bare_line_feed, at};
    if (at == line_begin + 1) return {LineEnd::blank_line, at + 1};
    line_begin = from = at + 1;
  }
  return {LineEnd::none, line_begin};
}

}  // namespace

HeadBuffer::Progress HeadBuffer::feed(std::string_view bytes) {
  if (bytes.empty()) return {};
  const auto before = bytes_.size();
  if (before > 0) bytes_ += bytes.substr(0, max_bytes_ + 1 - std::min(before, max_bytes_));
  const std::string_view all = before > 0 ? std::string_view{bytes_} : bytes;
  const auto found = find_blank_line(all.substr(0, max_bytes_), line_begin_, before);
  switch (found.end) {
    case LineEnd::bare_line_feed:
      return {State::bare_line_feed, 0, {}};
    case LineEnd::blank_line:
      return {State::complete, found.at - before, all.substr(0, found.at)};
    case LineEnd::none:
      break;
  }
  if (all.size() >= max_bytes_) return {State::too_large, 0, {}};
  if (before == 0) bytes_ = bytes;
  line_begin_ = found.at;
  return {State::incomplete, bytes.size(), {}};
}

void HeadBuffer::clear() {
  bytes_.clear();
  line_begin_ = 0;
}

}  // namespace freellm::wire
