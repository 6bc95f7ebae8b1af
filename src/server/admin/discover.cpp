// POST /api/custom-endpoints/{slug}/discover: asks the endpoint for its models. The waiting is done
// on the session's worker, so that a slow endpoint holds up nobody.
#include <set>

#include "freellm/net/completion.hpp"
#include "freellm/provider/request_head.hpp"
#include "freellm/proxy/ask.hpp"
#include "freellm/server/admin/admin.hpp"
#include "freellm/server/admin/serve.hpp"
#include "json.hpp"
#include "model_list.hpp"

namespace freellm::server::admin {
namespace {

constexpr proxy::AskLimits kLimits{.time = Millis{20'000}, .body_bytes = 4U << 20};

/// What the question needs, so that it depends on no snapshot.
struct Question {
  provider::UpstreamRequest request;
  wire::Egress egress;
  std::set<std::string> known;
};
using Prepared = std::shared_ptr<Result<Question>>;

Result<Question> prepare(Admin& admin, const std::string& slug) {
  const auto index = admin.daemon.routes();
  const auto& table = routing::table_of(*index);
  const auto* platform = table.platform(slug);
  if (platform == nullptr || !platform->custom)
    return refusal(404, "not_found", "There is no such endpoint.");
  Question question;
  question.egress = platform->egress;
  Secret secret;
  if (const auto keys = table.keys(platform->id); !keys.empty()) {
    auto opened = admin.services.store.vault().open(keys.front(), slug);
    if (opened) secret = std::move(*opened);
    question.egress = catalog::egress_of(*platform, keys.front());
  }
  auto head = provider::write_request_head({.method = "GET",
                                            .origin = platform->base_url.origin,
                                            .prefix = platform->base_url.prefix,
                                            .target = "/models",
                                            .headers = {},
                                            .bearer = secret.reveal()});
  if (!head) return head.error();
  question.request.origin = platform->base_url.origin;
  question.request.head = std::move(*head);
  for (const auto& model : table.models()) {
    if (model.platform == platform->id) question.known.insert(model.upstream_id);
  }
  return question;
}

Result<std::string> answer_of(const Question& question, const Result<proxy::Answer>& answer) {
  if (!answer) {
    if (answer.error().code == "address_not_allowed")
      return refusal(422, "address_not_allowed", answer.error().message + ".", "base_url");
    return refusal(502, "upstream_failed",
                   "The endpoint does not answer: " + answer.error().message + ".");
  }
  if (answer->status != 200) {
    return refusal(502, "upstream_failed",
                   "The endpoint answered " + std::to_string(answer->status) +
                       " to the question for its models.");
  }
  if (answer->body.size() >= kLimits.body_bytes)
    return refusal(502, "upstream_failed", "The endpoint's list of models is larger than 4 MB.");
  const auto models = read_model_list(answer->body);
  if (!models) {
    return refusal(502, "upstream_failed",
                   "The endpoint answered, but " + models.error().message + ".");
  }
  Json rows = Json::array();
  for (const auto& model : *models) {
    rows.push_back({{"upstream_id", model.upstream_id},
                    {"context_window", id_or_null(model.context_window)},
                    {"vision", model.vision},
                    {"added", question.known.contains(model.upstream_id)}});
  }
  return list_reply(std::move(rows)).body;
}

}  // namespace

net::Task<void> serve_discovery(proxy::Exchange& ex, chat::PaddedBuffer) {
  auto& admin = *ex.worker.services.admin;
  auto& worker = ex.worker.net;
  auto prepared = std::make_shared<net::Completion<Prepared>>();
  const bool queued = admin.post([&admin, &worker, prepared, slug = std::string{ex.path_argument}] {
    auto question = std::make_shared<Result<Question>>(prepare(admin, slug));
    worker.post([prepared, question] { prepared->complete(question); });
  });
  if (!queued) {
    const Error error = refusal(503, "storage_unavailable",
                                "Too many requests are waiting; try again in a moment.");
    co_await proxy::respond_error(ex, error, security_headers());
    co_return;
  }
  const Prepared question = co_await prepared->wait();
  Result<std::string> body = question->has_error() ? Result<std::string>{question->error()}
                                                   : Result<std::string>{std::string{}};
  if (body) {
    const Question& asked = **question;
    const auto answer = co_await proxy::ask(worker, asked.request, asked.egress, kLimits);
    body = answer_of(asked, answer);
    auto& head = (*question)->request.head;
    secure_zero(head.data(), head.size());  // it holds the key
  }
  if (!body) {
    const Error error = body.error();
    co_await proxy::respond_error(ex, error, security_headers());
    co_return;
  }
  const std::string text = std::move(*body);
  co_await proxy::respond(ex, 200, "application/json", text, security_headers());
}

}  // namespace freellm::server::admin
