#include "response_reader.hpp"

#include <strings.h>

#include <algorithm>
#include <cstdlib>

namespace load {
namespace {

constexpr std::size_t kMaxHead = 64 * 1024;
constexpr std::size_t kExcerpt = 300;

/// The value of header `name` (lower case, with colon), or empty.
std::string_view header(std::string_view head, std::string_view name) {
  for (auto at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at + 2)) {
    const auto line = head.substr(at + 2);
    if (line.size() < name.size() || ::strncasecmp(line.data(), name.data(), name.size()) != 0)
      continue;
    auto value = line.substr(name.size(), line.find("\r\n") - name.size());
    while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
    return value;
  }
  return {};
}

}  // namespace

void ResponseReader::reset() {
  state_ = State::head;
  head_.clear();
  excerpt_.clear();
  left_ = 0;
  status_ = 0;
  last_was_newline_ = false;
  has_token_ = false;
  tail_.clear();
}

ResponseReader::Seen ResponseReader::feed(std::string_view bytes) {
  Seen seen;
  while (!bytes.empty() && state_ != State::done && !broken_) {
    switch (state_) {
      case State::head:
        take_head(bytes);
        break;
      case State::sized:
        take_payload(bytes, seen, State::done);
        break;
      case State::chunk_size:
        take_chunk_size(bytes);
        break;
      case State::chunk_bytes:
        take_payload(bytes, seen, State::chunk_end);
        break;
      case State::chunk_end:
        take_line(bytes, State::chunk_size);
        break;
      case State::trailer:
        take_line(bytes, State::done);
        break;
      case State::done:
        break;
    }
  }
  seen.complete = state_ == State::done;
  return seen;
}

void ResponseReader::take_head(std::string_view& bytes) {
  const auto before = head_.size();
  head_ += bytes;
  const auto end = head_.find("\r\n\r\n", before < 3 ? 0 : before - 3);
  if (end == std::string::npos) {
    bytes = {};
    broken_ = head_.size() > kMaxHead;
    return;
  }
  bytes.remove_prefix(end + 4 - before);
  head_.resize(end + 2);
  read_head();
}

void ResponseReader::read_head() {
  status_ = head_.size() > 12 ? std::atoi(head_.c_str() + 9) : 0;
  line_is_empty_ = true;
  if (!header(head_, "transfer-encoding:").empty()) {
    state_ = State::chunk_size;
    return;
  }
  const auto length = header(head_, "content-length:");
  broken_ = length.empty();  // an answer that ends with its connection is none we expect
  left_ = length.empty() ? 0 : std::strtoul(length.data(), nullptr, 10);
  state_ = left_ == 0 ? State::done : State::sized;
}

void ResponseReader::take_payload(std::string_view& bytes, Seen& seen, State after) {
  const auto part = bytes.substr(0, left_);
  count_events(part, seen);
  if (excerpt_.size() < kExcerpt && status_ != 200)
    excerpt_ += part.substr(0, kExcerpt - excerpt_.size());
  if (!has_token_) look_for_token(part);
  seen.token = has_token_;
  bytes.remove_prefix(part.size());
  left_ -= part.size();
  if (left_ == 0) state_ = after;
}

void ResponseReader::take_chunk_size(std::string_view& bytes) {
  const auto end = bytes.find('\n');
  for (const char c : bytes.substr(0, end)) {
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit >= 0) left_ = left_ * 16 + static_cast<std::size_t>(digit);
  }
  if (end == std::string_view::npos) {
    bytes = {};
    return;
  }
  bytes.remove_prefix(end + 1);
  state_ = left_ == 0 ? State::trailer : State::chunk_bytes;
}

/// To the end of a line. Trailers may be several; the empty one is the last.
void ResponseReader::take_line(std::string_view& bytes, State after) {
  while (!bytes.empty()) {
    const char c = bytes.front();
    bytes.remove_prefix(1);
    if (c == '\n') {
      if (line_is_empty_) state_ = after;
      line_is_empty_ = true;
      if (state_ == after) return;
    } else if (c != '\r') {
      line_is_empty_ = false;
    }
  }
}

void ResponseReader::count_events(std::string_view payload, Seen& seen) {
  for (const char *at = payload.data(), *end = at + payload.size(); at != end;) {
    if (last_was_newline_ && *at == '\n') ++seen.events;
    const auto* newline = std::find(at, end, '\n');
    last_was_newline_ = newline != end;
    if (newline == end) return;
    at = newline + 1;
  }
}

/// A role-only chunk, or none, comes before the first text: it is the text that people wait for.
void ResponseReader::look_for_token(std::string_view payload) {
  static constexpr std::string_view kMember = R"("content":")";
  tail_ += payload;
  for (auto at = tail_.find(kMember); at != std::string::npos; at = tail_.find(kMember, at + 1)) {
    const auto value = at + kMember.size();
    if (value >= tail_.size()) break;
    has_token_ = has_token_ || tail_[value] != '"';
  }
  if (tail_.size() > kMember.size()) tail_.erase(0, tail_.size() - kMember.size());
}

}  // namespace load
