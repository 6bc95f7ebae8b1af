// The request decoder: any bytes, any cuts, one outcome.

#include <string>

#include "freellm/wire/http1_request_decoder.hpp"
#include "fuzz/fuzz.hpp"

namespace {

using freellm::wire::Http1RequestDecoder;

struct Session {
  Http1RequestDecoder decoder;
  std::string transcript;

  bool feed(std::string_view bytes) {
    if (!decoder.head_complete()) {
      const auto used = decoder.feed(bytes);
      if (!used) return refuse(used.error().http_status);
      bytes.remove_prefix(*used);
      if (!decoder.head_complete()) return true;
      transcript +=
          decoder.head().method + ' ' + decoder.head().path + '?' + decoder.head().query + '\n';
      for (const auto& [name, value] : decoder.head().headers)
        transcript.append(name).append(value);
    }
    const auto used =
        decoder.feed_body(bytes, [this](std::string_view body) { transcript += body; });
    return used ? !decoder.body_complete() : refuse(used.error().http_status);
  }
  bool refuse(int status) {
    FUZZ_CHECK(status >= 400 && status <= 505);
    transcript = "refused";
    return false;
  }
};

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const freellm::fuzz::Input input{data, size};
  Session whole;
  whole.feed(input.text());
  Session pieces;
  input.in_pieces([&](std::string_view piece) { return pieces.feed(piece); });
  FUZZ_CHECK(whole.transcript == pieces.transcript);
  return 0;
}
