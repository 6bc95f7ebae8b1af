// What Gemini refuses: unknown names anywhere, schema keywords outside its subset, unsigned calls.
// Messages as the API words them (ai.google.dev and public issues, 2026-11).

#include <algorithm>
#include <array>
#include <span>

#include "dialect/google_names.hpp"
#include "dialect/rules.hpp"
#include "dialect/rules_by_platform.hpp"

namespace simulator {
namespace {

using Names = std::span<const std::string_view>;

constexpr auto kTop = std::to_array<std::string_view>(
    {"contents", "systemInstruction", "tools", "toolConfig", "generationConfig", "safetySettings",
     "cachedContent", "model", "labels", "store", "serviceTier"});
constexpr auto kContent = std::to_array<std::string_view>({"role", "parts"});
constexpr auto kPart = std::to_array<std::string_view>(
    {"text", "inlineData", "fileData", "functionCall", "functionResponse", "executableCode",
     "codeExecutionResult", "thought", "thoughtSignature", "videoMetadata", "mediaResolution"});
constexpr auto kTool = std::to_array<std::string_view>(
    {"functionDeclarations", "googleSearch", "googleSearchRetrieval", "codeExecution", "urlContext",
     "fileSearch", "computerUse", "googleMaps"});
constexpr auto kDeclaration =
    std::to_array<std::string_view>({"name", "description", "parameters", "parametersJsonSchema",
                                     "response", "responseJsonSchema", "behavior"});
constexpr auto kSchema = std::to_array<std::string_view>(
    {"type",      "format",    "title",      "description", "nullable",      "enum",
     "maxItems",  "minItems",  "properties", "required",    "minProperties", "maxProperties",
     "minLength", "maxLength", "pattern",    "example",     "anyOf",         "propertyOrdering",
     "default",   "items",     "minimum",    "maximum"});
constexpr auto kGeneration = std::to_array<std::string_view>({"temperature",
                                                              "topP",
                                                              "topK",
                                                              "seed",
                                                              "maxOutputTokens",
                                                              "stopSequences",
                                                              "presencePenalty",
                                                              "frequencyPenalty",
                                                              "candidateCount",
                                                              "responseMimeType",
                                                              "responseSchema",
                                                              "responseJsonSchema",
                                                              "thinkingConfig",
                                                              "responseLogprobs",
                                                              "logprobs",
                                                              "responseModalities",
                                                              "speechConfig",
                                                              "mediaResolution",
                                                              "enableEnhancedCivicAnswers",
                                                              "imageConfig"});

Problem refused(std::string detail) { return {Reason::bad_request, std::move(detail), ""}; }

std::optional<Problem> check_names(const Json& object, Names known, const std::string& where) {
  if (!object.is_object()) return std::nullopt;
  for (const auto& [name, value] : object.items())
    if (std::find(known.begin(), known.end(), to_camel(name)) == known.end())
      return refused("Invalid JSON payload received. Unknown name \"" + name + "\"" +
                     (where.empty() ? "" : " at '" + where + "'") + ": Cannot find field.");
  return std::nullopt;
}

std::optional<Problem> check_schema(const Json& schema, const std::string& where, int depth = 0) {
  if (depth > 32) return refused("Schema is nested too deeply at '" + where + "'.");
  if (auto problem = check_names(schema, kSchema, where)) return problem;
  if (!schema.is_object()) return std::nullopt;
  if (const auto type = schema.find("type"); type != schema.end() && type->is_array())
    return refused("Invalid value at '" + where +
                   ".type' (type.googleapis.com/google.ai.generativelanguage.v1beta.Type), Proto "
                   "field is not repeating, cannot start list.");
  if (const auto properties = schema.find("properties"); properties != schema.end())
    for (const auto& [name, value] : properties->items())
      if (auto problem = check_schema(value, where + ".properties[0].value", depth + 1))
        return problem;
  if (const auto items = schema.find("items"); items != schema.end())
    if (auto problem = check_schema(*items, where + ".items", depth + 1)) return problem;
  if (const auto* options = member(schema, "anyOf"))
    for (const auto& option : *options)
      if (auto problem = check_schema(option, where + ".any_of[0]", depth + 1)) return problem;
  return std::nullopt;
}

std::optional<Problem> check_part(const Json& part, const std::string& where) {
  if (auto problem = check_names(part, kPart, where)) return problem;
  if (const auto* call = member(part, "functionCall"))
    if (const auto args = call->find("args"); args != call->end() && !args->is_object())
      return refused("Invalid value at '" + where +
                     ".function_call.args' (type.googleapis.com/"
                     "google.protobuf.Struct)");
  const auto* result = member(part, "functionResponse");
  if (result == nullptr) return std::nullopt;
  if (result->value("name", "").empty())
    return refused("* GenerateContentRequest." + where +
                   ".function_response.name: Name cannot be empty.");
  if (!result->contains("response") || !result->at("response").is_object())
    return refused("Invalid value at '" + where +
                   ".function_response.response' "
                   "(type.googleapis.com/google.protobuf.Struct)");
  return std::nullopt;
}

std::size_t count_parts(const Json& content, std::string_view kind) {
  const auto parts = content.find("parts");
  if (parts == content.end()) return 0;
  return static_cast<std::size_t>(
      std::count_if(parts->begin(), parts->end(),
                    [kind](const Json& part) { return member(part, kind) != nullptr; }));
}

bool is_valid_signature(const Json& part) {
  const auto* signature = member(part, "thoughtSignature");
  if (signature == nullptr || !signature->is_string()) return false;
  const auto text = signature->get<std::string>();
  return text.starts_with(kSignaturePrefix) || text == "context_engineering_is_the_way_to_go" ||
         text == "skip_thought_signature_validator";
}

/// Gemini 3 wants the first call of every model turn signed.
std::optional<Problem> check_signature(const Json& content) {
  for (const auto& part : content.at("parts")) {
    const auto* call = member(part, "functionCall");
    if (call == nullptr) continue;
    if (member(part, "thoughtSignature") == nullptr)
      return refused(
          "Function call is missing a thought_signature in functionCall parts. This is "
          "required for tools to work correctly, and missing thought_signature may lead "
          "to degraded model performance. Additional data, function call `default_api:" +
          call->value("name", "") + "`.");
    if (!is_valid_signature(part)) return refused("Thought signature is not valid.");
    return std::nullopt;
  }
  return std::nullopt;
}

std::optional<Problem> check_contents(const Json& contents, bool is_signed) {
  if (!contents.is_array() || contents.empty())
    return refused("* GenerateContentRequest.contents: contents is not specified");
  std::size_t open_calls = 0;
  for (std::size_t i = 0; i < contents.size(); ++i) {
    const auto& content = contents[i];
    const auto where = "contents[" + std::to_string(i) + "]";
    if (auto problem = check_names(content, kContent, where)) return problem;
    const auto role = content.value("role", "user");
    if (role != "user" && role != "model") return refused("Please use a valid role: user, model.");
    if (!content.contains("parts") || content["parts"].empty())
      return refused("* GenerateContentRequest." + where +
                     ".parts: contents.parts must not be empty.");
    for (std::size_t p = 0; p < content["parts"].size(); ++p)
      if (auto problem =
              check_part(content["parts"][p], where + ".parts[" + std::to_string(p) + "]"))
        return problem;
    const auto results = count_parts(content, "functionResponse");
    if (results != open_calls && (results > 0 || open_calls > 0))
      return refused(
          "Please ensure that the number of function response parts is equal to the "
          "number of function call parts of the function call turn.");
    open_calls = count_parts(content, "functionCall");
    if (is_signed && role == "model")
      if (auto problem = check_signature(content)) return problem;
  }
  return std::nullopt;
}

std::optional<Problem> check_tools(const Json& body) {
  const auto* tools = member(body, "tools");
  std::size_t declared = 0;
  if (tools != nullptr) {
    for (const auto& tool : *tools) {
      if (auto problem = check_names(tool, kTool, "tools[0]")) return problem;
      const auto* functions = member(tool, "functionDeclarations");
      if (functions == nullptr) continue;
      for (const auto& function : *functions) {
        const auto where = "tools[0].function_declarations[" + std::to_string(declared++) + "]";
        if (auto problem = check_names(function, kDeclaration, where)) return problem;
        if (const auto* schema = member(function, "parameters"))
          if (auto problem = check_schema(*schema, where + ".parameters")) return problem;
      }
    }
  }
  const auto* config = member(body, "toolConfig");
  if (config != nullptr && member(*config, "functionCallingConfig") != nullptr && declared == 0)
    return refused("Function calling config is set without function_declarations.");
  return std::nullopt;
}

std::optional<Problem> check_generation(const Json& body, std::string_view model) {
  const auto* config = member(body, "generationConfig");
  if (config == nullptr) return std::nullopt;
  if (auto problem = check_names(*config, kGeneration, "generation_config")) return problem;
  if (const auto* schema = member(*config, "responseSchema"))
    if (auto problem = check_schema(*schema, "generation_config.response_schema")) return problem;
  const auto* mime = member(*config, "responseMimeType");
  const auto* tools = member(body, "tools");
  const bool is_json = mime != nullptr && *mime == "application/json";
  if (is_json && tools != nullptr && !tools->empty() &&
      model.find("gemini-3") == std::string_view::npos)
    return refused("Function calling with a response mime type: 'application/json' is unsupported");
  if (const auto* stops = member(*config, "stopSequences"); stops != nullptr && stops->size() > 5)
    return refused("* GenerateContentRequest.generation_config.stop_sequences: at most 5");
  return std::nullopt;
}

}  // namespace

std::string to_camel(std::string_view name) {
  std::string out;
  bool is_next_upper = false;
  for (const char c : name) {
    if (c == '_' && !out.empty()) {
      is_next_upper = true;
      continue;
    }
    out.push_back(is_next_upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c);
    is_next_upper = false;
  }
  return out;
}

const Json* member(const Json& object, std::string_view camel_name) {
  if (!object.is_object()) return nullptr;
  for (const auto& [name, value] : object.items())
    if (name == camel_name || to_camel(name) == camel_name) return &value;
  return nullptr;
}

std::optional<Problem> check_google(const Json& body, std::string_view model) {
  if (auto problem = check_names(body, kTop, "")) return problem;
  const auto* contents = member(body, "contents");
  const bool is_signed = model.find("gemini-3") != std::string_view::npos;
  if (auto problem = check_contents(contents == nullptr ? Json() : *contents, is_signed))
    return problem;
  if (model.starts_with("gemma") && member(body, "systemInstruction") != nullptr)
    return refused("Developer instruction is not enabled for models/" + std::string{model});
  if (auto problem = check_tools(body)) return problem;
  return check_generation(body, model);
}

}  // namespace simulator
