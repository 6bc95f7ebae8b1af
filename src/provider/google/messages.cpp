#include "provider/google/messages.hpp"

#include "provider/google/parts.hpp"
#include "provider/native/members.hpp"

namespace freellm::provider::google {
namespace {

using native::flat_text;
using native::member;
using native::text_of;
using wire::OrderedJson;

// Documented stand-in for a signature that was lost or came from another model; a made-up one is
// refused (Gemini API docs, "Thought signatures", 2026-11).
constexpr std::string_view kSignatureSentinel = "context_engineering_is_the_way_to_go";

// Gemini wants the conversation to start with a user turn; clients cut histories anywhere.
constexpr std::string_view kMissingStart = "(earlier messages omitted)";

/// Which messages may share one content: results of parallel calls must stand together, and must
/// not be mixed with what the user says next.
enum class Turn : std::uint8_t { none, user, model, results };

class Translator {
 public:
  Translator(const ModelTraits& traits, SignatureLookup signature_of)
      : traits_(traits), signature_of_(signature_of) {}

  Status add(const OrderedJson& message);
  TranslatedMessages take();

 private:
  void add_system(const OrderedJson& message);
  Status add_model(const OrderedJson& message);
  Status add_result(const OrderedJson& message);
  void append_calls(OrderedJson& parts, const OrderedJson& calls);
  void append_turn(Turn turn, OrderedJson parts);
  void fold_system();

  ModelTraits traits_;
  SignatureLookup signature_of_;
  OrderedJson contents_ = OrderedJson::array();
  std::string system_;
  Turn last_ = Turn::none;
  std::size_t first_user_ = std::string::npos;
};

Status Translator::add(const OrderedJson& message) {
  const auto role = text_of(member(message, "role"));
  if (role == "system" || role == "developer") {
    add_system(message);
    return {};
  }
  if (role == "assistant") return add_model(message);
  if (role == "tool") return add_result(message);
  OrderedJson parts = OrderedJson::array();
  if (auto status = append_parts(parts, member(message, "content")); !status) return status;
  append_turn(Turn::user, std::move(parts));
  return {};
}

void Translator::add_system(const OrderedJson& message) {
  const auto text = flat_text(member(message, "content"));
  if (text.empty()) return;
  if (!system_.empty()) system_ += "\n\n";
  system_ += text;
}

Status Translator::add_model(const OrderedJson& message) {
  OrderedJson parts = OrderedJson::array();
  if (auto status = append_parts(parts, member(message, "content")); !status) return status;
  if (const auto* calls = member(message, "tool_calls"); calls != nullptr && calls->is_array()) {
    append_calls(parts, *calls);
  }
  append_turn(Turn::model, std::move(parts));
  return {};
}

void Translator::append_calls(OrderedJson& parts, const OrderedJson& calls) {
  bool first = true;
  for (const auto& call : calls) {
    const auto* function = member(call, "function");
    if (function == nullptr) continue;
    const auto id = text_of(member(call, "id"));
    const auto name = text_of(member(*function, "name"));
    OrderedJson translated{{"name", name},
                           {"args", call_arguments(text_of(member(*function, "arguments")))}};
    auto signature = signature_of_(id, name, translated["args"]);
    if (traits_.generation_3_or_later()) {
      translated["id"] = id;
      // Only the first of parallel calls carries one.
      if (!signature && first) signature = kSignatureSentinel;
    }
    OrderedJson part{{"functionCall", std::move(translated)}};
    if (signature) part["thoughtSignature"] = std::move(*signature);
    parts.push_back(std::move(part));
    first = false;
  }
}

Status Translator::add_result(const OrderedJson& message) {
  const auto* content = member(message, "content");
  OrderedJson response{{"name", text_of(member(message, "name"))},
                       {"response", response_object(flat_text(content))}};
  if (traits_.generation_3_or_later()) response["id"] = text_of(member(message, "tool_call_id"));
  OrderedJson parts = OrderedJson::array({{{"functionResponse", std::move(response)}}});
  if (content != nullptr && content->is_array()) {
    // A Struct holds no images: those of a result follow it as parts of their own.
    for (const auto& part : *content) {
      if (text_of(member(part, "type")) == "text") continue;
      const auto rest = OrderedJson::array({part});
      if (auto status = append_parts(parts, &rest); !status) return status;
    }
  }
  append_turn(Turn::results, std::move(parts));
  return {};
}

void Translator::append_turn(Turn turn, OrderedJson parts) {
  if (parts.empty()) return;  // an empty list of parts is a 400
  if (turn == last_) {
    auto& joined = contents_.back()["parts"];
    for (auto& part : parts) joined.push_back(std::move(part));
    return;
  }
  if (turn == Turn::user && first_user_ == std::string::npos) first_user_ = contents_.size();
  contents_.push_back(
      {{"role", turn == Turn::model ? "model" : "user"}, {"parts", std::move(parts)}});
  last_ = turn;
}

OrderedJson user_turn(OrderedJson part) {
  return {{"role", "user"}, {"parts", OrderedJson::array({std::move(part)})}};
}

/// For models without systemInstruction, and for requests that consist of a system message only.
void Translator::fold_system() {
  OrderedJson part{{"text", std::move(system_)}};
  system_.clear();
  if (first_user_ == std::string::npos) {
    const auto turn = user_turn(std::move(part));
    contents_.insert(contents_.begin(), turn);
    return;
  }
  auto& parts = contents_[first_user_]["parts"];
  parts.insert(parts.begin(), part);
}

TranslatedMessages Translator::take() {
  if (!system_.empty() && (traits_.folds_system() || contents_.empty())) fold_system();
  if (contents_.empty() || contents_.front()["role"] != "user") {
    const auto turn = user_turn({{"text", kMissingStart}});
    contents_.insert(contents_.begin(), turn);
  }
  TranslatedMessages out{.contents = std::move(contents_), .system = nullptr};
  if (!system_.empty()) {
    OrderedJson part{{"text", std::move(system_)}};
    out.system = {{"parts", OrderedJson::array({std::move(part)})}};
  }
  return out;
}

}  // namespace

Result<TranslatedMessages> translate_messages(const OrderedJson& messages,
                                              const ModelTraits& traits,
                                              SignatureLookup signature_of) {
  Translator translator{traits, signature_of};
  for (const auto& message : messages) {
    if (auto status = translator.add(message); !status) return status.error();
  }
  return translator.take();
}

}  // namespace freellm::provider::google
