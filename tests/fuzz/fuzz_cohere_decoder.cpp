// Cohere answers: streams and whole bodies.

#include "fuzz/native_decoder.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const freellm::fuzz::Input input{data, size};
  const auto& adapter = freellm::provider::cohere_adapter();
  freellm::fuzz::decode_both_ways(adapter, input, freellm::provider::BodyKind::event_stream);
  freellm::fuzz::decode_both_ways(adapter, input, freellm::provider::BodyKind::json);
  return 0;
}
