#include "freellm/wire/sse.hpp"

#include <utility>

#include "wire/byte_scan.hpp"

namespace freellm::wire {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::size_t kMemoryWorthKeeping = 64 * 1024;

Error too_large() {
  return Error{.kind = ErrorKind::upstream_protocol,
               .source = ErrorSource::upstream,
               .retry = Retry::next_route,
               .message = "an event of the stream exceeds its bound",
               .code = "upstream_protocol"};
}

void empty_out(std::string& text) {
  text.clear();
  if (text.capacity() > kMemoryWorthKeeping) text.shrink_to_fit();
}

void append_data_lines(std::string& out, std::string_view data) {
  for (;;) {
    const char* const begin = data.data();
    const char* const end = begin + data.size();
    const char* const line_end = detail::find_either(begin, end, '\n', '\r');
    out += "data: ";
    out.append(begin, line_end);
    out += '\n';
    if (line_end == end) return;
    data.remove_prefix(static_cast<std::size_t>(line_end - begin) + 1);
    if (*line_end == '\r' && data.starts_with('\n')) data.remove_prefix(1);
  }
}

}  // namespace

Status SseDecoder::feed(std::string_view bytes, Sink on_event) {
  const char* p = bytes.data();
  const char* const end = p + bytes.size();
  if (p == end) return {};
  if (std::exchange(skip_line_feed_, false) && *p == '\n') ++p;
  while (p != end) {
    const char* const line_end = detail::find_either(p, end, '\n', '\r');
    const std::string_view part{p, static_cast<std::size_t>(line_end - p)};
    if (line_.size() + part.size() + joined_data_.size() > max_bytes_) return too_large();
    if (line_end == end) {
      keep_views();
      line_ += part;
      return {};
    }
    take_line_part(part, on_event);
    p = line_end + 1;
    if (*line_end == '\r' && p != end && *p == '\n') {
      ++p;
    } else if (*line_end == '\r' && p == end) {
      skip_line_feed_ = true;
    }
  }
  keep_views();
  return {};
}

Status SseDecoder::finish(Sink on_event) {
  if (!line_.empty()) take_line_part({}, on_event);
  if (has_data_) dispatch(on_event);
  skip_line_feed_ = false;
  return {};
}

void SseDecoder::take_line_part(std::string_view part, Sink on_event) {
  if (line_.empty()) {
    take_line(part, on_event);
    return;
  }
  // Happens at most once a feed, before any view into whole_line_ is made: keep_views() ended the
  // last feed.
  line_ += part;
  whole_line_.swap(line_);
  line_.clear();
  take_line(whole_line_, on_event);
}

void SseDecoder::take_line(std::string_view line, Sink on_event) {
  if (std::exchange(at_start_, false) && line.starts_with(kByteOrderMark)) {
    line.remove_prefix(kByteOrderMark.size());
  }
  if (line.empty()) {
    dispatch(on_event);
  } else if (line.front() == ':') {
    ++liveness_signs_;
  } else {
    take_field(line);
  }
}

void SseDecoder::take_field(std::string_view line) {
  const auto colon = line.find(':');
  const auto name = line.substr(0, colon);
  auto value = colon == std::string_view::npos ? std::string_view{} : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (name == "data") {
    take_data(value);
  } else if (name == "event") {
    type_ = value;
    has_type_ = true;
  }
}

void SseDecoder::take_data(std::string_view value) {
  if (!std::exchange(has_data_, true)) {
    data_ = value;
    return;
  }
  if (!std::exchange(data_is_joined_, true)) joined_data_ = data_;
  joined_data_ += '\n';
  joined_data_ += value;
  data_ = joined_data_;
}

void SseDecoder::dispatch(Sink on_event) {
  if (has_data_) {
    on_event(SseEvent{.type = has_type_ ? type_ : std::string_view{}, .data = data_});
  } else if (has_type_) {
    ++liveness_signs_;
  }
  has_data_ = has_type_ = data_is_joined_ = false;
  data_ = type_ = {};
  empty_out(joined_data_);
}

void SseDecoder::keep_views() {
  if (has_data_ && !std::exchange(data_is_joined_, true)) {
    joined_data_ = data_;
    data_ = joined_data_;
  }
  if (has_type_ && type_.data() != kept_type_.data()) {
    kept_type_ = type_;
    type_ = kept_type_;
  }
}

void SseDecoder::reset() {
  empty_out(line_);
  empty_out(whole_line_);
  empty_out(joined_data_);
  has_data_ = has_type_ = data_is_joined_ = skip_line_feed_ = false;
  data_ = type_ = {};
  liveness_signs_ = 0;
  at_start_ = true;
}

void append_sse_event(std::string& out, std::string_view data) {
  append_data_lines(out, data);
  out += '\n';
}

void append_sse_event(std::string& out, std::string_view type, std::string_view data) {
  out += "event: ";
  out += type;
  out += '\n';
  append_sse_event(out, data);
}

}  // namespace freellm::wire
