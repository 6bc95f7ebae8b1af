#include "freellm/provider/native.hpp"

namespace freellm::provider {

const Adapter& adapter_for(const catalog::Platform& platform) {
  switch (platform.wire) {
    case catalog::WireFormat::google:
      return google_adapter();
    case catalog::WireFormat::cohere:
      return cohere_adapter();
    case catalog::WireFormat::cloudflare:
      return cloudflare_adapter();
    case catalog::WireFormat::openai:
      break;
  }
  return openai_adapter();
}

}  // namespace freellm::provider
