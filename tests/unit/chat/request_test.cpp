#include "freellm/chat/request.hpp"

#include <gtest/gtest.h>

#include "unit/chat/chat_test_support.hpp"

namespace freellm::chat::testing {
namespace {

void expect_refused(const Result<ChatRequest>& parsed, std::string_view param) {
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().kind, ErrorKind::bad_request);
  EXPECT_EQ(parsed.error().code, "invalid_request") << parsed.error().message;
  EXPECT_EQ(parsed.error().param, param) << parsed.error().message;
  EXPECT_EQ(parsed.error().http_status, 400);
}

void expect_invalid_json(const Result<ChatRequest>& parsed) {
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code, "invalid_json") << parsed.error().message;
}

TEST(ChatRequest, KeepsModelStreamAndMembersInTheOrderSent) {
  const auto parsed = parse(
      R"( {"stream": true , "model":"llama-3.3-70b","messages":[{"role":"user","content":"hi"}],"x_custom":{"a":[1]}} )");

  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->model, "llama-3.3-70b");
  EXPECT_TRUE(parsed->stream);
  ASSERT_EQ(parsed->members.size(), 4u);
  EXPECT_EQ(parsed->members[0].name, "stream");
  EXPECT_EQ(parsed->members[0].value, "true");
  EXPECT_EQ(parsed->members[3].name, "x_custom");
  EXPECT_EQ(parsed->members[3].value, R"({"a":[1]})");
}

TEST(ChatRequest, MembersStillPointIntoTheBodyAfterAMove) {
  auto parsed = parse_with(R"("seed":7)");
  ASSERT_TRUE(parsed);

  const ChatRequest moved = std::move(*parsed);

  const std::string_view body = moved.body.view();
  for (const auto& member : moved.members) {
    EXPECT_GE(member.value.data(), body.data());
    EXPECT_LE(member.value.data() + member.value.size(), body.data() + body.size());
  }
}

TEST(ChatRequest, RemembersTheFirstUserMessageAsRawJson) {
  const auto parsed = parse_messages_json(
      R"([{"role":"system","content":"s"},{"role":"user","content":"one\n"},{"role":"user","content":"two"}])");

  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->first_user_message, R"("one\n")");
}

TEST(ChatRequest, RefusesAnythingButAnObject) {
  for (const auto* body : {"[]", "\"x\"", "1", "null", "true"}) {
    expect_refused(parse(body), "");
  }
}

TEST(ChatRequest, TellsInvalidJsonFromAnInvalidRequest) {
  for (const auto* body : {"", " ", "{", "{\"model\":\"a\"", "{\"model\" \"a\"}", "{model:1}",
                           "{\"a\":01}", "{\"a\":1.}", "{\"a\":tru}", "{\"a\":\"\\x\"}",
                           "{\"a\":\"\\u12g4\"}", "{\"a\":[1,]}", "{\"a\":1,}", "{\"a\":\"b\nc\"}",
                           "{\"a\":1}x", "{\"a\":nul", "{\"a\":+1}", "\xff", "{\"a\":\"\\"}) {
    SCOPED_TRACE(body);
    expect_invalid_json(parse(body));
  }
}

TEST(ChatRequest, ChecksWhatItSkipsBecauseTheBytesGoUpstream) {
  expect_invalid_json(parse_with(R"("metadata":{"a":[1,2,}})"));
  expect_invalid_json(parse_with(R"("x_unknown":{"a":bogus})"));
}

TEST(ChatRequest, NamesTheByteWhereTheJsonBreaks) {
  const auto parsed = parse(R"({"model":"a",})");

  ASSERT_FALSE(parsed);
  EXPECT_NE(parsed.error().message.find("byte 13"), std::string::npos) << parsed.error().message;
}

TEST(ChatRequest, RefusesInvalidUtf8NamingThePlace) {
  const auto parsed = parse("{\"model\":\"a\xC3(\"}");

  expect_invalid_json(parsed);
  EXPECT_NE(parsed.error().message.find("byte 11"), std::string::npos) << parsed.error().message;
}

TEST(ChatRequest, EveryTruncationOfAValidBodyIsRefused) {
  const std::string body =
      R"({"model":"auto","messages":[{"role":"user","content":[{"type":"text","text":"h\u00e9\n"}]}],"temperature":1.5e0,"stream":true,"tools":null})";
  ASSERT_TRUE(parse(body));

  for (std::size_t length = 0; length < body.size(); ++length) {
    EXPECT_FALSE(parse(body.substr(0, length))) << length;
  }
}

TEST(ChatRequest, ReplacesLoneSurrogatesSoThatNoUpstreamChokes) {
  const auto parsed = parse_messages_json(
      R"([{"role":"user","content":"cut \ud83d and \udE00 but \ud83d\ude00 \\ud83d"}])");

  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->first_user_message, R"("cut \ufffd and \ufffd but \ud83d\ude00 \\ud83d")");
}

TEST(ChatRequest, BlanksAByteOrderMark) {
  const auto parsed =
      parse("\xEF\xBB\xBF{\"model\":\"a\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}");

  ASSERT_TRUE(parsed);
  EXPECT_TRUE(parsed->body.view().starts_with("   {"));
}

TEST(ChatRequest, RefusesHostileNestingWithoutExhaustingTheStack) {
  const std::string open(10'000, '[');

  expect_refused(parse(open), "");
  expect_invalid_json(parse_with("\"x\":" + open));
  expect_invalid_json(parse_with("\"x\":" + open + std::string(10'000, ']')));
}

TEST(ChatRequest, AcceptsNestingUpToTheBound) {
  const std::string deep = std::string(120, '[') + std::string(120, ']');

  EXPECT_TRUE(parse_with("\"x\":" + deep));
}

TEST(ChatRequest, SurvivesDeeplyNestedToolChoice) {
  std::string choice;
  for (int i = 0; i < 100; ++i) choice += R"({"function":)";
  choice += R"({"name":"f"})" + std::string(100, '}');

  EXPECT_FALSE(parse_with("\"tool_choice\":" + choice));
}

TEST(ChatRequest, RefusesDoubledMembers) {
  expect_refused(parse(R"({"model":"a","model":"b","messages":[]})"), "model");
  expect_refused(parse_with(R"("stream":true,"stream":false)"), "stream");
  expect_refused(parse_with(R"("messages":[])"), "messages");
  expect_refused(parse_messages_json(R"([{"role":"user","role":"system","content":"x"}])"),
                 "messages[0].role");
  expect_refused(parse_messages_json(R"([{"role":"user","content":"x","content":"y"}])"),
                 "messages[0].content");
}

TEST(ChatRequest, RefusesEscapedMemberNamesThatCouldSmuggleADuplicate) {
  const auto parsed = parse_with("\"mod\\u0065l\":\"other\"");

  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code, "invalid_request");
}

TEST(ChatRequest, RefusesTooManyMembers) {
  std::string members;
  for (int i = 0; i < 300; ++i) members += "\"m" + std::to_string(i) + "\":0,";

  EXPECT_FALSE(parse_with(members + "\"end\":0"));
}

TEST(ChatRequest, WantsAModelName) {
  expect_refused(parse(R"({"messages":[{"role":"user","content":"x"}]})"), "model");
  for (const auto* model : {R"("")", "null", "1", R"("a\u0000b")", R"("a\nb")"}) {
    SCOPED_TRACE(model);
    expect_refused(
        parse(R"({"messages":[{"role":"user","content":"x"}],"model":)" + std::string{model} + "}"),
        "model");
  }
  expect_refused(parse(R"({"model":")" + std::string(257, 'a') + R"(","messages":[]})"), "model");
}

TEST(ChatRequest, WantsMessages) {
  expect_refused(parse(R"({"model":"a"})"), "messages");
  expect_refused(parse_messages_json("[]"), "messages");
  expect_refused(parse_messages_json("null"), "messages");
  expect_refused(parse_messages_json("\"hi\""), "messages");
  expect_refused(parse_messages_json("[1]"), "messages[0]");
  expect_refused(parse_messages_json(R"([{"role":"user","content":"x"},null])"), "messages[1]");
}

struct RefusedMessage {
  std::string_view messages;
  std::string_view param;
};

class RefusedMessages : public ::testing::TestWithParam<RefusedMessage> {};

TEST_P(RefusedMessages, NamesThePath) {
  expect_refused(parse_messages_json(GetParam().messages), GetParam().param);
}

INSTANTIATE_TEST_SUITE_P(
    ChatRequest, RefusedMessages,
    ::testing::Values(
        RefusedMessage{R"([{"content":"x"}])", "messages[0].role"},
        RefusedMessage{R"([{"role":"robot","content":"x"}])", "messages[0].role"},
        RefusedMessage{R"([{"role":null,"content":"x"}])", "messages[0].role"},
        RefusedMessage{R"([{"role":"user"}])", "messages[0].content"},
        RefusedMessage{R"([{"role":"user","content":"x"},{"role":"user","content":null}])",
                       "messages[1].content"},
        RefusedMessage{R"([{"role":"user","content":1}])", "messages[0].content"},
        RefusedMessage{R"([{"role":"user","content":{}}])", "messages[0].content"},
        RefusedMessage{R"([{"role":"user","content":[]}])", "messages[0].content"},
        RefusedMessage{R"([{"role":"user","content":[1]}])", "messages[0].content[0]"},
        RefusedMessage{R"([{"role":"user","content":[{"type":"text"}]}])",
                       "messages[0].content[0].text"},
        RefusedMessage{R"([{"role":"user","content":[{"type":"text","text":1}]}])",
                       "messages[0].content[0].text"},
        RefusedMessage{R"([{"role":"user","content":["a",{"type":"hologram"}]}])",
                       "messages[0].content[1].type"},
        RefusedMessage{R"([{"role":"user","content":[{"data":1}]}])",
                       "messages[0].content[0].type"},
        RefusedMessage{R"([{"role":"user","content":[{"type":"image_url"}]}])",
                       "messages[0].content[0].image_url"},
        RefusedMessage{R"([{"role":"user","content":[{"type":"image_url","image_url":{}}]}])",
                       "messages[0].content[0].image_url.url"},
        RefusedMessage{
            R"([{"role":"user","content":[{"type":"image_url","image_url":{"url":"file:///etc/passwd"}}]}])",
            "messages[0].content[0].image_url.url"},
        RefusedMessage{R"([{"role":"tool","content":"x"}])", "messages[0].tool_call_id"},
        RefusedMessage{R"([{"role":"assistant","tool_calls":{}}])", "messages[0].tool_calls"},
        RefusedMessage{R"([{"role":"assistant","tool_calls":[{}]}])",
                       "messages[0].tool_calls[0].function"},
        RefusedMessage{R"([{"role":"assistant","tool_calls":[{"function":{}}]}])",
                       "messages[0].tool_calls[0].function.name"},
        RefusedMessage{
            R"([{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":7}}]}])",
            "messages[0].tool_calls[0].function.arguments"}));

struct RefusedMember {
  std::string_view member;
  std::string_view param;
};

class RefusedParameters : public ::testing::TestWithParam<RefusedMember> {};

TEST_P(RefusedParameters, NamesThePath) {
  expect_refused(parse_with(GetParam().member), GetParam().param);
}

INSTANTIATE_TEST_SUITE_P(
    ChatRequest, RefusedParameters,
    ::testing::Values(
        RefusedMember{R"("temperature":2.1)", "temperature"},
        RefusedMember{R"("temperature":-0.1)", "temperature"},
        RefusedMember{R"("temperature":"1")", "temperature"},
        RefusedMember{R"("temperature":1e999)", "temperature"},
        RefusedMember{R"("top_p":1.01)", "top_p"}, RefusedMember{R"("n":0)", "n"},
        RefusedMember{R"("n":129)", "n"}, RefusedMember{R"("n":1.5)", "n"},
        RefusedMember{R"("top_logprobs":21)", "top_logprobs"},
        RefusedMember{R"("presence_penalty":-2.5)", "presence_penalty"},
        RefusedMember{R"("logprobs":1)", "logprobs"}, RefusedMember{R"("seed":"x")", "seed"},
        RefusedMember{R"("max_tokens":"100")", "max_tokens"},
        RefusedMember{R"("max_tokens":10.5)", "max_tokens"}, RefusedMember{R"("stop":1)", "stop"},
        RefusedMember{R"("stop":["a",2])", "stop[1]"},
        RefusedMember{R"("stream":"true")", "stream"},
        RefusedMember{R"("stream_options":true)", "stream_options"},
        RefusedMember{R"("stream_options":{"include_usage":1})", "stream_options.include_usage"},
        RefusedMember{R"("tools":{})", "tools"},
        RefusedMember{R"("tools":[{"type":"function"}])", "tools[0].function"},
        RefusedMember{R"("tools":[{"type":"function","function":{}}])", "tools[0].function.name"},
        RefusedMember{R"("tools":[{"type":"function","function":{"name":"a b"}}])",
                      "tools[0].function.name"},
        RefusedMember{R"("tools":[{"type":"function","function":{"name":""}}])",
                      "tools[0].function.name"},
        RefusedMember{R"("tools":[{"type":"function","function":{"name":"f","parameters":[]}}])",
                      "tools[0].function.parameters"},
        RefusedMember{R"("tool_choice":"sometimes")", "tool_choice"},
        RefusedMember{R"("tool_choice":"required")", "tool_choice"},
        RefusedMember{
            R"("tools":[{"function":{"name":"f"}}],"tool_choice":{"type":"function","function":{"name":"g"}})",
            "tool_choice"},
        RefusedMember{R"("tool_choice":{"type":"function"})", "tool_choice.function.name"},
        RefusedMember{R"("response_format":"json")", "response_format"},
        RefusedMember{R"("response_format":{})", "response_format.type"},
        RefusedMember{R"("response_format":{"type":"yaml"})", "response_format.type"},
        RefusedMember{R"("response_format":{"type":"json_schema"})", "response_format.json_schema"},
        RefusedMember{R"("response_format":{"type":"json_schema","json_schema":{"schema":{}}})",
                      "response_format.json_schema.name"},
        RefusedMember{R"("response_format":{"type":"json_schema","json_schema":{"name":"n"}})",
                      "response_format.json_schema.schema"}));

TEST(ChatRequest, TreatsNullParametersAsAbsent) {
  const auto parsed = parse_with(
      R"("tools":null,"tool_choice":null,"parallel_tool_calls":null,"temperature":null,"stop":null,"stream":null,"stream_options":null,"response_format":null,"max_tokens":null,"n":null,"reasoning_effort":null)");

  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_FALSE(parsed->needs.tools);
  EXPECT_FALSE(parsed->stream);
}

TEST(ChatRequest, NeverRefusesAnUnknownReasoningEffort) {
  EXPECT_TRUE(parse_with(R"("reasoning_effort":"galactic")"));
}

TEST(ChatRequest, AcceptsMoreThanFourStopSequences) {
  EXPECT_TRUE(parse_with(R"("stop":["a","b","c","d","e","f"])"));
}

TEST(ChatRequest, IgnoresMaxTokensThatAreNotPositive) {
  const auto parsed = parse_with(R"("max_tokens":-1)");

  ASSERT_TRUE(parsed);
  EXPECT_FALSE(parsed->max_tokens);
  EXPECT_EQ(parsed->needs.output_tokens, 1000);
}

TEST(ChatRequest, PrefersMaxCompletionTokensInEitherOrder) {
  EXPECT_EQ(parse_with(R"("max_tokens":5,"max_completion_tokens":9)")->max_tokens, 9);
  EXPECT_EQ(parse_with(R"("max_completion_tokens":9,"max_tokens":5)")->max_tokens, 9);
}

TEST(ChatRequest, BooksAtMostTwoThousandTokensForAHugeMaxTokens) {
  const auto parsed = parse_with(R"("max_tokens":99999999999999999999999)");

  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->needs.output_tokens, 2000);
}

TEST(ChatRequest, TakesAnyForRequired) {
  const auto parsed = parse_with(R"("tools":[{"function":{"name":"f"}}],"tool_choice":"any")");

  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->tool_choice, ToolChoice::required);
  EXPECT_TRUE(parsed->needs.tools);
}

TEST(ChatRequest, KnowsANamedToolChoiceAndDottedNames) {
  const auto parsed = parse_with(
      R"("tool_choice":{"type":"function","function":{"name":"mcp.srv-1.get"}},"tools":[{"type":"function","function":{"name":"mcp.srv-1.get","description":null,"parameters":null,"strict":null}}])");

  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->tool_choice, ToolChoice::named);
  EXPECT_EQ(parsed->tool_names, std::vector<std::string>{"mcp.srv-1.get"});
}

TEST(ChatRequest, NeedsNoToolsWhenToolChoiceIsNone) {
  const auto parsed = parse_with(R"("tools":[{"function":{"name":"f"}}],"tool_choice":"none")");

  ASSERT_TRUE(parsed);
  EXPECT_FALSE(parsed->needs.tools);
}

TEST(ChatRequest, NeedsToolsForLegacyFunctions) {
  const auto parsed = parse_with(R"("functions":[{"name":"f"}],"function_call":{"name":"f"})");

  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_TRUE(parsed->needs.tools);
  EXPECT_EQ(parsed->tool_choice, ToolChoice::named);
}

TEST(ChatRequest, KnowsTheResponseFormats) {
  const auto text = parse_with(R"("response_format":{"type":"text"})");
  const auto object = parse_with(R"("response_format":{"type":"json_object"})");
  const auto schema = parse_with(
      R"("response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":{"type":"object"}}})");

  ASSERT_TRUE(text && object && schema);
  EXPECT_FALSE(text->needs.json);
  EXPECT_TRUE(object->needs.json);
  EXPECT_FALSE(object->needs.json_schema);
  EXPECT_EQ(object->response_format, ResponseFormat::json_object);
  EXPECT_TRUE(schema->needs.json && schema->needs.json_schema);
}

TEST(ChatRequest, NeedsVisionForAnImageAndCountsItFlat) {
  const auto small = parse_messages_json(
      R"([{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}])");
  const auto large = parse_messages_json(
      R"([{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,)" +
      std::string(100'000, 'A') + R"("}}]}])");

  ASSERT_TRUE(small && large);
  EXPECT_TRUE(small->needs.vision);
  EXPECT_FALSE(small->traits.remote_image);
  EXPECT_EQ(small->needs.prompt_tokens, large->needs.prompt_tokens);
  EXPECT_GE(small->needs.prompt_tokens, 258);
}

TEST(ChatRequest, CountsTextToolsAndCallArguments) {
  const auto plain = parse_messages_json(R"([{"role":"user","content":"abcdefgh"}])");
  const auto wide = parse_messages_json(R"([{"role":"user","content":"日本語日本語"}])");
  const auto tools = parse_with(
      R"("tools":[{"function":{"name":"ffff","parameters":{"type":"object","properties":{}}}}])");
  const auto calls = parse_messages_json(
      R"([{"role":"user","content":"abcdefgh"},{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"abcd","arguments":"{\"k\":12345678}"}}]},{"role":"tool","tool_call_id":"a","content":"ok"}])");

  ASSERT_TRUE(plain && wide && tools && calls);
  EXPECT_EQ(plain->needs.prompt_tokens, 2 + 4);
  EXPECT_EQ(wide->needs.prompt_tokens, 6 + 4);
  EXPECT_EQ(tools->needs.prompt_tokens, (2 + 4 + 33 + 3) / 4 + 4);
  EXPECT_EQ(calls->needs.prompt_tokens, (8 + 4 + 14 + 2 + 3) / 4 + 3 * 4);
}

}  // namespace
}  // namespace freellm::chat::testing
