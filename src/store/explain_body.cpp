#include "explain_body.hpp"

#include <zlib.h>

namespace freellm::store {
namespace {

constexpr int kFast = 1;  // JSON with repeating names shrinks to a tenth even so

const Bytef* input(std::string_view bytes) {
  return reinterpret_cast<const Bytef*>(bytes.data());  // zlib's spelling of bytes
}

}  // namespace

ExplainBody pack_explain(std::string_view json) {
  if (json.size() <= kPlainExplainBytes || json.size() > kMaxExplainBytes)
    return {.form = ExplainForm::json, .body = std::string{json.substr(0, kMaxExplainBytes)}};
  std::string small(compressBound(json.size()), '\0');
  uLongf size = small.size();
  const int rc =
      compress2(reinterpret_cast<Bytef*>(small.data()), &size, input(json), json.size(), kFast);
  if (rc != Z_OK) return {.form = ExplainForm::json, .body = std::string{json}};
  small.resize(size);
  return {.form = ExplainForm::deflated, .body = std::move(small)};
}

std::optional<std::string> unpack_explain(std::int64_t form, std::string_view body) {
  if (form == static_cast<std::int64_t>(ExplainForm::json)) return std::string{body};
  if (form != static_cast<std::int64_t>(ExplainForm::deflated)) return std::nullopt;
  std::string json(kMaxExplainBytes, '\0');
  uLongf size = json.size();
  if (uncompress(reinterpret_cast<Bytef*>(json.data()), &size, input(body), body.size()) != Z_OK)
    return std::nullopt;
  json.resize(size);
  return json;
}

}  // namespace freellm::store
