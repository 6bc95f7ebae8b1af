// What every fuzz target needs: a check that stays on in release builds, and a source of cuts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

#define FUZZ_CHECK(condition)                                                        \
  do {                                                                               \
    if (!(condition)) {                                                              \
      std::fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                  \
    }                                                                                \
  } while (false)

namespace freellm::fuzz {

/// The first byte of the input chooses the cuts, the rest is the text: the fuzzer steers both.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size)
      : seed_(size > 0 ? data[0] : 0U),
        text_(size > 0 ? std::string_view{reinterpret_cast<const char*>(data) + 1, size - 1}
                       : std::string_view{}) {}

  [[nodiscard]] std::string_view text() const { return text_; }

  /// Calls `feed(piece)` until it returns false or the text is used up.
  template <class Feed>
  void in_pieces(Feed feed) const {
    auto rest = text_;
    auto state = seed_ * 2654435761U + 1;
    while (!rest.empty()) {
      state = state * 1664525U + 1013904223U;
      const auto piece = rest.substr(0, 1 + (state >> 16U) % 24);
      rest.remove_prefix(piece.size());
      if (!feed(piece)) return;
    }
  }

 private:
  std::uint32_t seed_;
  std::string_view text_;
};

}  // namespace freellm::fuzz
