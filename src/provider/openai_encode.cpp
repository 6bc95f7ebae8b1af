#include "provider/openai_encode.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "freellm/chat/canonical.hpp"
#include "freellm/wire/json.hpp"
#include "freellm/wire/json_text.hpp"
#include "provider/param_patch.hpp"

namespace freellm::provider {

namespace {

constexpr std::size_t kMaxMembers = 256;
constexpr std::string_view kIncludeUsage = R"(,"stream_options":{"include_usage":true})";

Error too_many_members() {
  return Error{.kind = ErrorKind::bad_request,
               .source = ErrorSource::downstream,
               .http_status = 400,
               .message = "the request has more than 256 top-level members",
               .code = "invalid_request"};
}

/// The bytes from the opening quote of one member's name to the end of another's value, as the
/// client sent them.
std::string_view run_as_sent(const chat::ChatRequest& request, std::size_t first,
                             std::size_t last) {
  const char* begin = request.members[first].name.data() - 1;
  const auto& value = request.members[last].value;
  return {begin, static_cast<std::size_t>(value.data() + value.size() - begin)};
}

void append_member(Rope& body, const OutMember& member) {
  std::string piece = ",\"" + std::string(member.name) + "\":";
  if (member.value) {
    body.append_owned(piece + *member.value);
    return;
  }
  body.append_owned(std::move(piece));
  body.append_borrowed(member.sent);
}

/// Neighbours that are as sent go out as one borrowed piece.
void append_members(Rope& body, const chat::ChatRequest& request,
                    const std::vector<OutMember>& members) {
  for (std::size_t i = 0; i < members.size();) {
    if (members[i].index == kMadeUp) {
      append_member(body, members[i++]);
      continue;
    }
    std::size_t last = i;
    while (last + 1 < members.size() && members[last + 1].index == members[last].index + 1) ++last;
    body.append_borrowed(",");
    body.append_borrowed(run_as_sent(request, members[i].index, members[last].index));
    i = last + 1;
  }
}

void append_messages(Rope& body, const chat::ChatRequest& request, const MessageRules* rules) {
  const chat::HygieneOptions none{.developer_to_system = false};
  const auto& options = rules != nullptr ? rules->options : none;
  if (needs_canonical(request.traits, options)) {
    body.append_owned(R"(,"messages":)" +
                      wire::dump_json(chat::canonical_messages(request, options)));
    return;
  }
  if (const auto* messages = request.find("messages")) {
    body.append_borrowed(R"(,"messages":)");
    body.append_borrowed(messages->value);
  }
}

std::string_view site_of(std::string_view host) {
  const auto last = host.rfind('.');
  if (last == std::string_view::npos || last == 0) return host;
  const auto before = host.rfind('.', last - 1);
  return before == std::string_view::npos ? host : host.substr(before + 1);
}

}  // namespace

const MessageRules* message_rules_for(const QuirkSet& quirks, std::string_view model_id) {
  const auto applies = [&](const MessageRules& rules) {
    return rules.models.empty() ||
           std::any_of(rules.models.begin(), rules.models.end(),
                       [&](const auto& pattern) { return glob_match(pattern, model_id); });
  };
  const auto found = std::find_if(quirks.messages.begin(), quirks.messages.end(), applies);
  return found == quirks.messages.end() ? nullptr : &*found;
}

bool needs_canonical(const chat::MessageTraits& traits, const chat::HygieneOptions& options) {
  const bool broken = traits.function_role || traits.irregular_tool_calls ||
                      traits.empty_assistant || traits.irregular_parts;
  return broken || (traits.developer_role && options.developer_to_system) ||
         (traits.array_content && options.flatten_text_parts) ||
         (traits.null_content && options.null_content_to_empty) ||
         (traits.foreign_members && options.strip_foreign_members) ||
         (traits.named_messages && options.drop_names) ||
         (traits.system_not_first && options.merge_system_to_front) ||
         (traits.tool_history && (options.assistant_after_tool || options.nine_character_tool_ids ||
                                  options.name_tool_results));
}

Result<Target> resolve_target(const Route& route, std::string_view url) {
  if (!url.empty() && url.front() == '/') {
    return Target{route.base_url.origin, route.base_url.prefix, std::string(url)};
  }
  const auto absolute = wire::parse_base_url(url);
  if (!absolute) return absolute.error();
  const bool same_site = site_of(absolute->origin.host) == site_of(route.base_url.origin.host);
  return Target{same_site ? absolute->origin : route.base_url.origin, {}, absolute->prefix};
}

Result<UpstreamRequest> make_request(const Route& route, const QuirkSet& quirks,
                                     std::string_view method, const Target& target, Rope body) {
  std::vector<HeaderLine> headers;
  headers.reserve(quirks.headers.size() + 1);
  for (const auto& header : quirks.headers) headers.push_back({header.name, header.value});
  if (quirks.auth == AuthScheme::header && !route.key.empty())
    headers.push_back({quirks.auth_header, route.key});
  const HeadSpec spec{
      .method = method,
      .origin = target.origin,
      .prefix = target.prefix,
      .target = target.path,
      .headers = headers,
      .bearer = quirks.auth == AuthScheme::bearer ? route.key : std::string_view{},
      .content_length = body.size() != 0 ? std::optional(body.size()) : std::nullopt};
  auto head = write_request_head(spec);
  if (!head) return head.error();
  return UpstreamRequest{
      .origin = target.origin, .head = std::move(*head), .body = std::move(body)};
}

Result<UpstreamRequest> encode_openai(const chat::ChatRequest& request, const Route& route,
                                      const QuirkSet& quirks) {
  if (request.members.size() > kMaxMembers) return too_many_members();
  ParamPatch patch(request, route);
  patch.apply(common_quirks().params);
  patch.apply(quirks.params);
  if (quirks.known_only) patch.keep_only(quirks.known);

  Rope body;
  std::string opening = R"({"model":")";
  opening.reserve(opening.size() + route.model.upstream_id.size() + 1);
  wire::append_escaped(opening, route.model.upstream_id);
  opening += '"';
  body.append_owned(std::move(opening));
  append_members(body, request, patch.members());
  append_messages(body, request, message_rules_for(quirks, route.model.upstream_id));
  if (request.stream && quirks.stream_usage) body.append_borrowed(kIncludeUsage);
  body.append_borrowed("}");

  const Target target{route.base_url.origin, route.base_url.prefix, quirks.chat_path};
  auto made = make_request(route, quirks, "POST", target, std::move(body));
  if (made) made->streaming = request.stream;
  return made;
}

}  // namespace freellm::provider
