#pragma once
// A string that must not be seen: zeroed when it dies, never formatted, compared in constant time.
//
// Move-only. There is no formatter and no operator<< on purpose; call reveal() where the bytes are
// needed and keep the view short-lived.

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace freellm {

/// Overwrites memory in a way the optimiser may not remove.
void secure_zero(void* data, std::size_t size) noexcept;

class Secret {
 public:
  Secret() = default;
  /// Copies `text` into memory the Secret owns. The caller still owns (and should wipe) its own
  /// copy.
  explicit Secret(std::string_view text) : size_(text.size()), data_(allocate(text)) {}
  Secret(Secret&& other) noexcept
      : size_(std::exchange(other.size_, 0)), data_(std::exchange(other.data_, nullptr)) {}
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      wipe();
      size_ = std::exchange(other.size_, 0);
      data_ = std::exchange(other.data_, nullptr);
    }
    return *this;
  }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { wipe(); }

  [[nodiscard]] Secret clone() const { return Secret{reveal()}; }
  [[nodiscard]] std::string_view reveal() const { return {data_, size_}; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::size_t size() const { return size_; }

  /// Takes `text` and wipes the original.
  static Secret take(std::string&& text);

 private:
  static char* allocate(std::string_view text);
  void wipe() noexcept;

  std::size_t size_ = 0;
  char* data_ = nullptr;
};

/// Compares without leaking the position of the first difference; the length of `b` may leak.
[[nodiscard]] bool constant_time_equal(std::string_view a, std::string_view b);

/// "gsk_…abcd": enough to tell two keys apart, too little to use. Short secrets show nothing but
/// "…".
[[nodiscard]] std::string masked(std::string_view secret);

}  // namespace freellm
