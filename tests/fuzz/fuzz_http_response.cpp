// The response decoder: any bytes, any cuts, one outcome; a message cut short never counts as
// complete.

#include <string>

#include "freellm/wire/http1_response_decoder.hpp"
#include "fuzz/fuzz.hpp"

namespace {

struct Session {
  freellm::wire::Http1ResponseDecoder decoder;
  std::string body;
  bool failed = false;

  bool feed(std::string_view bytes) {
    const auto used = decoder.feed(bytes, [this](std::string_view part) {
      FUZZ_CHECK(decoder.head_complete());
      body += part;
    });
    failed = !used;
    FUZZ_CHECK(failed || *used == bytes.size() || decoder.message_complete());
    return !failed;
  }
  [[nodiscard]] std::string outcome() {
    if (failed) return "failed";
    const bool ended = decoder.feed_eof().has_value();
    FUZZ_CHECK(ended == decoder.message_complete());
    return std::to_string(decoder.head().status) + (ended ? " whole " : " cut ") + body;
  }
};

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const freellm::fuzz::Input input{data, size};
  Session whole;
  whole.feed(input.text());
  Session pieces;
  input.in_pieces([&](std::string_view piece) { return pieces.feed(piece); });
  FUZZ_CHECK(whole.outcome() == pieces.outcome());
  return 0;
}
