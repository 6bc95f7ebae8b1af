#include "dialect/refusal_shape.hpp"

#include "core/answer.hpp"
#include "core/prompt.hpp"

namespace simulator {
namespace {

Json or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json openai_shape(const Refusal& refusal) {
  return {{"error",
           {{"message", refusal.message},
            {"type", refusal.type},
            {"param", or_null(refusal.param)},
            {"code", or_null(refusal.code)}}}};
}

Json google_shape(const Refusal& refusal) {
  Json error{{"code", refusal.status}, {"message", refusal.message}, {"status", refusal.type}};
  if (!refusal.code.empty())
    error["details"] = Json::array({{{"@type", "type.googleapis.com/google.rpc.ErrorInfo"},
                                     {"reason", refusal.code},
                                     {"domain", "googleapis.com"}}});
  return {{"error", std::move(error)}};
}

Json mistral_shape(const Refusal& refusal) {
  if (refusal.status == 401) return {{"detail", refusal.message}};
  if (refusal.status == 422)
    return {{"object", "error"},
            {"message",
             {{"detail", Json::array({{{"type", refusal.type},
                                       {"loc", Json::array({"body", refusal.param})},
                                       {"msg", refusal.message},
                                       {"input", nullptr}}})}}},
            {"type", "invalid_request_error"},
            {"param", nullptr},
            {"code", nullptr},
            {"raw_status_code", 422}};
  return {{"object", "error"}, {"message", refusal.message}, {"type", refusal.type},
          {"param", nullptr},  {"code", refusal.code},       {"raw_status_code", refusal.status}};
}

Json cohere_shape(const Refusal& refusal) {
  Json body{{"id", "5a0d7c1e-0000-4000-8000-000000000001"}, {"message", refusal.message}};
  if (!refusal.type.empty()) body["error_type"] = refusal.type;
  return body;
}

Json cloudflare_shape(const Refusal& refusal) {
  return {{"result", nullptr},
          {"success", false},
          {"errors",
           Json::array({{{"code", std::stoi("0" + refusal.code)}, {"message", refusal.message}}})},
          {"messages", Json::array()}};
}

Json nvidia_shape(const Refusal& refusal) {
  return {{"type", "urn:nvcf-worker-service:problem-details:" + std::to_string(refusal.status)},
          {"title", reason_phrase(refusal.status)},
          {"status", refusal.status},
          {"detail", refusal.message},
          {"instance", "/v2/nvcf/pexec/functions/f4e1c2d3-sim"},
          {"requestId", "f4e1c2d3-0000-4000-8000-000000000002"}};
}

Json pollinations_shape(const Refusal& refusal) {
  return {{"success", false},
          {"error", {{"message", refusal.message}, {"code", refusal.code}}},
          {"status", refusal.status}};
}

Json body_for(std::string_view slug, const Refusal& refusal) {
  if (slug == "google") return google_shape(refusal);
  if (slug == "mistral") return mistral_shape(refusal);
  if (slug == "cohere") return cohere_shape(refusal);
  if (slug == "cloudflare") return cloudflare_shape(refusal);
  if (slug == "nvidia") return nvidia_shape(refusal);
  if (slug == "pollinations") return pollinations_shape(refusal);
  if (slug == "cerebras")
    return {{"message", refusal.message},
            {"type", refusal.type},
            {"param", or_null(refusal.param)},
            {"code", refusal.code}};
  if (slug == "openrouter" || slug == "kilo") {
    // The code is a number, or rarely a word.
    Json code = refusal.code.empty() ? Json(refusal.status) : Json(refusal.code);
    return {{"error", {{"message", refusal.message}, {"code", std::move(code)}}}};
  }
  if (slug == "github")
    return {{"error",
             {{"code", refusal.code}, {"message", refusal.message}, {"details", refusal.message}}}};
  if (slug == "zhipu") return {{"error", {{"code", refusal.code}, {"message", refusal.message}}}};
  if (slug == "groq") {
    Json error{{"message", refusal.message}, {"type", refusal.type}};
    if (!refusal.code.empty()) error["code"] = refusal.code;
    return {{"error", std::move(error)}};
  }
  auto body = openai_shape(refusal);
  if (slug == "sambanova") body["request_id"] = make_id("", 32, 77);
  return body;
}

}  // namespace

Reply shape(std::string_view slug, const Refusal& refusal) {
  Reply reply;
  reply.status = refusal.status;
  if (slug == "nvidia") reply.content_type = "application/problem+json";
  if (slug == "google") reply.content_type = "application/json; charset=UTF-8";
  reply.body = body_for(slug, refusal).dump();
  return reply;
}

}  // namespace simulator
