// An event that repeats another's spelling is read without a walk. It must say what a walk would
// have said: every document is read by a reader that has seen all before it, and by a fresh one.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "provider/openai_event.hpp"

namespace freellm::provider {
namespace {

/// Everything the deltas say, as text to compare.
class Transcript final : public chat::DeltaSink {
 public:
  void on_delta(const chat::Delta& delta) override {
    said += '[' + std::to_string(delta.choice);
    said.append(" content=").append(delta.content).append(" reasoning=").append(delta.reasoning);
    said.append(" refusal=").append(delta.refusal).append(" logprobs=").append(delta.logprobs);
    for (const auto& call : delta.tool_calls)
      said.append(" call=").append(call.name).append("(").append(call.arguments).append(")");
    said.append(" finish=").append(chat::to_string(delta.finish));
    if (delta.usage != nullptr) said += " usage=" + std::to_string(delta.usage->total_tokens);
    said += ']';
  }
  std::string said;
};

std::string read_by(EventReader& reader, std::string_view json) {
  Transcript out;
  const auto kind = reader.read(json, out);
  return std::to_string(static_cast<int>(kind)) + out.said;
}

/// What the last of `documents` says to a reader that has seen the others.
std::string last_of(const std::vector<std::string>& documents) {
  EventReader seasoned{*find_quirks("openai")};
  std::string said;
  for (const auto& json : documents) {
    EventReader fresh{*find_quirks("openai")};
    said = read_by(seasoned, json);
    EXPECT_EQ(said, read_by(fresh, json)) << json;
  }
  return said;
}

std::string chunk(std::string_view delta, std::string_view rest = R"(,"finish_reason":null}])") {
  return R"({"id":"c-1","choices":[{"index":0,"delta":)" + std::string{delta} + std::string{rest} +
         "}";
}
std::string content(std::string_view text) {
  return chunk(R"({"content":")" + std::string{text} + "\"}");
}

TEST(RepeatedEvent, SaysTheNewText) {
  EXPECT_EQ(last_of({content("one"), content("two"), content(R"(\u00e9\n\"" )")}),
            last_of({content(R"(\u00e9\n\"" )")}));
  EXPECT_EQ(last_of({content("one"), content("zw\xc3\xb6lf")}),
            "0[0 content=zw\xc3\xb6lf reasoning= refusal= logprobs= finish=]");
}

TEST(RepeatedEvent, SparesTheWalk) {
  const auto first = content("one");
  chat::Delta only;
  only.content = std::string_view{first}.substr(first.find("one"), 3);
  RepeatedEvent repeated;

  EXPECT_FALSE(repeated.read(first));
  repeated.remember(first, only);

  const auto second = content("two");
  ASSERT_TRUE(repeated.read(second));
  EXPECT_EQ(repeated.read(second)->content, "two");
  EXPECT_FALSE(repeated.read(chunk(R"({"content":"two"})", "}]")));
}

TEST(RepeatedEvent, AnEmptyTextSaysNothing) {
  EXPECT_EQ(last_of({content("a"), content("")}), "0");
}

TEST(RepeatedEvent, LooksAtTheTextAsCloselyAsAWalk) {
  const std::vector<std::string> texts{"raw \" quote",
                                       "back\\",
                                       "\\x",
                                       "\\u12g4",
                                       "\\u12",
                                       "line\nend",
                                       "\xff",
                                       "\xc3",
                                       R"(","refusal":"no)",
                                       R"(\",\"refusal\":\"no)",
                                       R"("},"finish_reason":"stop","x":{"y":")"};
  for (const auto& text : texts) last_of({content("a"), content(text), content("b")});
}

TEST(RepeatedEvent, TextThatOverlapsTheSpellingIsRead) {
  // Shorter than what stands around the text, although it begins and ends like it.
  const std::string whole = R"({"choices":[{"delta":{"content":"x"}}]})";
  const std::string cut = R"({"choices":[{"delta":{"content":"}}]})";
  last_of({whole, cut, whole});
}

TEST(RepeatedEvent, ReasoningStaysReasoning) {
  const auto thought = [](std::string_view text) {
    return chunk(R"({"content":null,"reasoning_content":")" + std::string{text} + "\"}");
  };
  EXPECT_EQ(last_of({thought("hm"), thought("well")}),
            "0[0 content= reasoning=well refusal= logprobs= finish=]");
  last_of({thought("hm"), content("so"), thought("no"), content("yes")});
}

TEST(RepeatedEvent, WhatSaysMoreIsReadEachTime) {
  const std::string finish = R"(,"finish_reason":"stop"}])";
  const std::string usage =
      R"(,"finish_reason":null}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3})";
  const std::string both = R"({"content":"a","reasoning":"b"})";
  const std::string parts = R"({"content":[{"type":"text","text":"a"}],"reasoning":"b"})";
  const std::string call =
      R"({"content":"a","tool_calls":[{"index":0,"id":"1","function":{"name":"f","arguments":"{}"}}]})";
  const std::string logprobs = R"(,"logprobs":{"content":[]},"finish_reason":null}])";
  for (const auto& json : {chunk(R"({"content":"a"})", finish), chunk(R"({"content":"a"})", usage),
                           chunk(both), chunk(parts), chunk(call),
                           chunk(R"({"content":"a"})", logprobs), chunk(R"({"refusal":"a"})")}) {
    last_of({json, json});
    last_of({content("z"), json, content("y"), json});
  }
}

TEST(RepeatedEvent, TheMemberThatCountsIsTheOneExchanged) {
  const auto twice = [](std::string_view first, std::string_view second) {
    return chunk(R"({"content":")" + std::string{first} + R"(","content":")" + std::string{second} +
                 "\"}");
  };
  last_of({twice("a", "b"), twice("a", "c"), twice("c", "b"), twice("d", "")});
}

TEST(RepeatedEvent, EveryChoiceKeepsItsNumber) {
  const auto of_choice = [](int index, std::string_view text) {
    return R"({"choices":[{"index":)" + std::to_string(index) + R"(,"delta":{"content":")" +
           std::string{text} + R"("}}]})";
  };
  const std::string two =
      R"({"choices":[{"index":0,"delta":{"content":"a"}},{"index":1,"delta":{"content":"b"}}]})";
  const std::string half =
      R"({"choices":[{"index":1,"delta":{"content":""}},{"index":2,"delta":{"content":"b"}}]})";
  last_of({of_choice(1, "a"), of_choice(1, "b"), of_choice(2, "b"), of_choice(1, "c"), two, two,
           half, half});
}

TEST(RepeatedEvent, LongSpellingIsNotKept) {
  const std::string rest = R"(,"finish_reason":null}],"padding":")" + std::string(3000, 'p') + '"';
  last_of({chunk(R"({"content":"a"})", rest), chunk(R"({"content":"b"})", rest)});
}

TEST(RepeatedEvent, ErrorsAreSeenBetweenRepetitions) {
  last_of({content("a"), R"({"error":{"message":"no"}})", content("b"), "garbage", content("c")});
}

}  // namespace
}  // namespace freellm::provider
