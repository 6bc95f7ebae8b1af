#pragma once
// An encoded HTTP request, ready to be written: a head, and a body made of borrowed and owned
// pieces.
//
// The body of an OpenAI-shaped upstream is the client's own bytes with a few members replaced, so
// it is kept as a rope: nothing is copied however long the prompt is. The borrowed pieces point
// into the ChatRequest, which must outlive this.

#include <cstdint>
#include <forward_list>
#include <string>
#include <string_view>
#include <vector>

#include "freellm/wire/url.hpp"

namespace freellm::provider {

class Rope {
 public:
  void append_borrowed(std::string_view piece) {
    if (piece.empty()) return;
    if (pieces_.empty()) pieces_.reserve(8);  // as many as an ordinary request has
    pieces_.push_back(piece);
    size_ += piece.size();
  }
  void append_owned(std::string piece) {
    if (piece.empty()) return;
    append_borrowed(owned_.emplace_front(std::move(piece)));
  }
  [[nodiscard]] const std::vector<std::string_view>& pieces() const { return pieces_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::string flatten() const {
    std::string out;
    out.reserve(size_);
    for (const auto piece : pieces_) out += piece;
    return out;
  }

  Rope() = default;
  Rope(Rope&&) = default;  // a list's elements stay where they are when it is moved
  Rope& operator=(Rope&&) = default;
  Rope(const Rope&) = delete;
  Rope& operator=(const Rope&) = delete;
  ~Rope() = default;

 private:
  std::vector<std::string_view> pieces_;
  std::forward_list<std::string> owned_;  ///< a moved deque would allocate
  std::size_t size_ = 0;
};

/// `head` is the complete request head, blank line included; it may hold a credential and is never
/// logged.
struct UpstreamRequest {
  wire::Origin origin;
  std::string head;
  Rope body;
  bool streaming = false;
};

}  // namespace freellm::provider
