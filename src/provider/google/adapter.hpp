#pragma once
// The adapter for the Gemini API's own format (generateContent).
//
// Thread-safe. Unlike its siblings it remembers something between requests: the signatures of
// function calls, in a bounded cache (signature_cache.hpp), because clients do not carry them.

#include "freellm/base/clock.hpp"
#include "freellm/provider/adapter.hpp"
#include "provider/google/signature_cache.hpp"

namespace freellm::provider::google {

class GoogleAdapter final : public Adapter {
 public:
  /// `clock` must outlive this; it only ages the cache.
  explicit GoogleAdapter(const Clock& clock) : clock_(clock) {}

  [[nodiscard]] Result<UpstreamRequest> encode(const chat::ChatRequest& request,
                                               const Route& route) const override;
  [[nodiscard]] std::unique_ptr<ResponseDecoder> make_decoder(const chat::ChatRequest& request,
                                                              const Route& route,
                                                              BodyKind body) const override;
  [[nodiscard]] chat::UpstreamFailure classify(int status, const wire::HeaderList& headers,
                                               std::string_view body, const Route& route,
                                               Now now) const override;
  [[nodiscard]] std::vector<chat::LimitObservation> observe_limits(const Route& route,
                                                                   const wire::HeaderList& headers,
                                                                   Now now) const override;
  [[nodiscard]] std::vector<UpstreamRequest> key_probes(const Route& route) const override;
  [[nodiscard]] KeyCheck judge_key(const Route& route, std::size_t probe, int status,
                                   const wire::HeaderList& headers,
                                   std::string_view body) const override;

 private:
  const Clock& clock_;
  mutable SignatureCache signatures_;
};

}  // namespace freellm::provider::google
