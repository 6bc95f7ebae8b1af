// The event decoder: any bytes, any cuts, the same events.

#include <string>

#include "freellm/wire/sse.hpp"
#include "fuzz/fuzz.hpp"

namespace {

struct Session {
  freellm::wire::SseDecoder decoder{4096};
  std::string events;
  bool failed = false;

  void note(const freellm::wire::SseEvent& event) {
    events.append(event.type).append("=").append(event.data).append("\x1e");
  }
  bool feed(std::string_view bytes) {
    const auto status = decoder.feed(bytes, [this](const auto& event) { note(event); });
    failed = !status;
    return !failed;
  }
  void finish() {
    if (!failed) FUZZ_CHECK(decoder.finish([this](const auto& event) { note(event); }));
  }
};

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const freellm::fuzz::Input input{data, size};
  Session whole;
  whole.feed(input.text());
  whole.finish();
  Session pieces;
  input.in_pieces([&](std::string_view piece) { return pieces.feed(piece); });
  pieces.finish();
  FUZZ_CHECK(whole.failed || pieces.failed || whole.events == pieces.events);
  FUZZ_CHECK(whole.decoder.liveness_signs() == pieces.decoder.liveness_signs() || pieces.failed);
  return 0;
}
