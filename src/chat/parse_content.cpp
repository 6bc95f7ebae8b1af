#include "chat/parse_content.hpp"

namespace freellm::chat {
namespace {

struct PartFacts {
  wire::JsonText type;
  bool has_type = false;
  bool has_text = false;
  bool has_image = false;
  bool substance = false;
};

bool starts_with_scheme(std::string_view url) {
  // \/ is a legal spelling of the slash, so nothing is asked of what follows the colon.
  return url.starts_with("https:") || url.starts_with("http:");
}

void check_image_url(ParseContext& context, wire::JsonText url) {
  if (!context.ok()) return;
  if (url.starts_with("data:")) return;
  if (!starts_with_scheme(url)) {
    return context.refuse(
        "Invalid image URL: expected an http(s) URL or a base64-encoded data URL.");
  }
  context.request.traits.remote_image = true;
}

void parse_image(ParseContext& context) {
  context.request.needs.vision = true;
  context.overhead_tokens += kTokensPerImage;
  if (context.json.peek() == JsonKind::string) {  // Mistral's spelling; OpenAI wants an object
    context.request.traits.irregular_parts = true;
    return check_image_url(context, context.json.string());
  }
  if (!context.expect(JsonKind::object)) return;
  bool has_url = false;
  context.json.members([&](wire::JsonText member) {
    const PathStep step{context, member};
    if (member == "url") {
      has_url = true;
      if (context.expect(JsonKind::string)) check_image_url(context, context.json.string());
    } else {
      context.json.value();
    }
  });
  if (!has_url) context.refuse_missing("url");
}

void parse_part_member(ParseContext& context, PartFacts& part, wire::JsonText member) {
  if (member == "text") {
    part.has_text = true;
    part.substance |= !context.counted_string().empty();
  } else if (member == "type") {
    part.has_type = true;
    if (context.expect(JsonKind::string)) part.type = context.json.string();
  } else if (member == "image_url") {
    part.has_image = part.substance = true;
    parse_image(context);
  } else if (member == "input_audio" || member == "file" || member == "video_url") {
    part.substance = true;
    context.request.traits.other_media = true;
    context.overhead_tokens += kTokensPerImage;
    context.json.value();
  } else {
    // cache_control and the like
    context.request.traits.foreign_members = true;
    context.json.value();
  }
}

bool is_known_type(wire::JsonText type) {
  return type == "text" || type == "image_url" || type == "input_audio" || type == "file" ||
         type == "video_url";
}

void judge_part(ParseContext& context, ContentFacts& content, const PartFacts& part) {
  if (!context.ok()) return;
  content.has_substance |= part.substance;
  if (part.type == "text" && !part.has_text) return context.refuse_missing("text");
  if (part.type == "image_url" && !part.has_image) return context.refuse_missing("image_url");
  if (is_known_type(part.type)) return;
  context.request.traits.irregular_parts = true;
  const bool is_text =
      part.has_text && (!part.has_type || part.type == "input_text" || part.type == "output_text");
  if (is_text || content.strange_part) return;
  if (!part.has_type) return context.refuse_missing("type");
  content.strange_part = content.parts;
  content.strange_type = part.type;
}

void parse_part(ParseContext& context, ContentFacts& content) {
  const PathStep step{context, content.parts};
  if (context.json.peek() == JsonKind::string) {
    context.request.traits.irregular_parts = true;
    content.has_substance |= !context.counted_string().empty();
  } else if (context.expect(JsonKind::object)) {
    PartFacts part;
    context.json.members([&](wire::JsonText member) {
      const PathStep inner{context, member};
      parse_part_member(context, part, member);
    });
    judge_part(context, content, part);
  }
  ++content.parts;
}

}  // namespace

ContentFacts parse_content(ParseContext& context) {
  ContentFacts content;
  content.kind = context.json.peek();
  const char* const first = context.json.position();
  switch (content.kind) {
    case JsonKind::string:
      content.has_substance = !context.counted_string().empty();
      break;
    case JsonKind::array:
      context.json.elements([&] { parse_part(context, content); });
      break;
    case JsonKind::null:
    case JsonKind::nothing:
      context.json.value();
      break;
    default:
      context.refuse_type("a string or an array of content parts", content.kind);
  }
  content.raw = {first, static_cast<std::size_t>(context.json.position() - first)};
  if (content.kind == JsonKind::array) context.request.traits.array_content = true;
  return content;
}

}  // namespace freellm::chat
