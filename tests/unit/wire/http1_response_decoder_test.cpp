#include "freellm/wire/http1_response_decoder.hpp"

#include <gtest/gtest.h>

#include "unit/wire/cuts.hpp"

namespace freellm::wire {
namespace {

using freellm::testing::every_cut;
using freellm::testing::Pieces;

struct Outcome {
  bool failed = false;
  bool complete = false;
  bool keep_alive = false;
  int status = 0;
  std::size_t fields = 0;
  std::string body;
  std::string excess;
  bool operator==(const Outcome&) const = default;
};

enum class Ending { open, closed };

Outcome decode(const Pieces& pieces, Ending ending = Ending::open,
               ResponseTo request = ResponseTo::other) {
  Http1ResponseDecoder decoder{request};
  Outcome outcome;
  for (const auto piece : pieces) {
    const auto used = decoder.feed(piece, [&](std::string_view part) {
      EXPECT_TRUE(decoder.head_complete());
      EXPECT_FALSE(part.empty());
      outcome.body += part;
    });
    if (!used) {
      outcome.failed = true;
      outcome.body.clear();
      return outcome;
    }
    outcome.excess += piece.substr(*used);
  }
  if (ending == Ending::closed && !decoder.feed_eof()) outcome.failed = true;
  outcome.complete = decoder.message_complete();
  if (decoder.head_complete()) {
    outcome.status = decoder.head().status;
    outcome.keep_alive = decoder.head().keep_alive;
    outcome.fields = decoder.head().headers.size();
  }
  return outcome;
}

Outcome decode(std::string_view text, Ending ending = Ending::open,
               ResponseTo request = ResponseTo::other) {
  return decode(Pieces{text}, ending, request);
}

TEST(Http1ResponseDecoder, ReadsASizedBody) {
  const auto outcome = decode("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");

  EXPECT_EQ(outcome, (Outcome{false, true, true, 200, 1, "hello", ""}));
}

TEST(Http1ResponseDecoder, ReadsAChunkedBody) {
  const auto outcome =
      decode("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");

  EXPECT_EQ(outcome, (Outcome{false, true, true, 200, 1, "hello", ""}));
}

TEST(Http1ResponseDecoder, ReadsABodyThatEndsByClosing) {
  EXPECT_EQ(decode("HTTP/1.1 200 OK\r\n\r\nhello", Ending::closed),
            (Outcome{false, true, false, 200, 0, "hello", ""}));
  EXPECT_FALSE(decode("HTTP/1.1 200 OK\r\n\r\nhello").complete);
}

TEST(Http1ResponseDecoder, KnowsAnswersWithoutBody) {
  EXPECT_TRUE(decode("HTTP/1.1 204 No Content\r\n\r\n").complete);
  EXPECT_TRUE(decode("HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n").complete);
  EXPECT_TRUE(decode("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").complete);
  EXPECT_TRUE(
      decode("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", Ending::open, ResponseTo::head)
          .complete);
}

TEST(Http1ResponseDecoder, SkipsInterimAnswers) {
  const auto outcome = decode(
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");

  EXPECT_EQ(outcome, (Outcome{false, true, true, 200, 1, "ok", ""}));
}

TEST(Http1ResponseDecoder, ReportsBytesBehindTheMessage) {
  EXPECT_EQ(decode("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1").excess, "HTTP/1.1");
  EXPECT_EQ(decode("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nX").excess, "X");
}

TEST(Http1ResponseDecoder, DeliversAChunkWithoutWaitingForTheNext) {
  Http1ResponseDecoder decoder;
  std::string body;
  const auto collect = [&](std::string_view part) { body += part; };
  ASSERT_TRUE(decoder.feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", collect));

  ASSERT_TRUE(decoder.feed("9\r\ndata: a\n\n\r\n", collect));
  EXPECT_EQ(body, "data: a\n\n");
  ASSERT_TRUE(decoder.feed("9\r\ndata: b", collect));
  EXPECT_EQ(body, "data: a\n\ndata: b");
}

TEST(Http1ResponseDecoder, DoesNotCopyTheBody) {
  Http1ResponseDecoder decoder;
  const std::string_view bytes = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
  const char* seen = nullptr;
  ASSERT_TRUE(decoder.feed(bytes, [&](std::string_view part) { seen = part.data(); }));

  EXPECT_EQ(seen, bytes.data() + bytes.find("hello"));
}

class ResponseFixture : public ::testing::TestWithParam<const char*> {};

TEST_P(ResponseFixture, OutcomeDoesNotDependOnHowBytesArrive) {
  for (const auto ending : {Ending::open, Ending::closed}) {
    const auto whole = decode(GetParam(), ending);
    for (const auto& pieces : every_cut(GetParam())) EXPECT_EQ(decode(pieces, ending), whole);
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, ResponseFixture,
    ::testing::Values("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nServer: "
                      "x\r\nTransfer-Encoding: chunked\r\n\r\n"
                      "00000a\r\n0123456789\r\n1;x\r\nA\r\n0\r\nT: 1\r\n\r\nexcess",
                      "HTTP/1.1 429 Too Many Requests\r\nContent-Length: 12\r\nRetry-After: "
                      "7\r\n\r\n{\"error\":{}}tail",
                      "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\nuntil the end\r\n\r\n",
                      "HTTP/1.1 204 \r\n\r\nHTTP",
                      "HTTP/1.1 200 OK\r\nA: folded\r\n value\r\nContent-Length: 1\r\n\r\nx",
                      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nXX",
                      "HTTP/1.1 200 OK\nA: b\r\n\r\n"));

class BadResponse : public ::testing::TestWithParam<const char*> {};

TEST_P(BadResponse, IsRefused) { EXPECT_TRUE(decode(GetParam(), Ending::closed).failed); }

INSTANTIATE_TEST_SUITE_P(
    All, BadResponse,
    ::testing::Values("", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
                      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
                      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
                      "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
                      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
                      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
                      "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n",
                      "HTTP/1.1 999 OK\r\n\r\n", "HTTP/1.1 000 OK\r\n\r\n",
                      "HTTP/3.0 200 OK\r\n\r\n",
                      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n", "<html>\r\n\r\n",
                      "HTTP/1.1 200 OK\r\nA b\r\n\r\n", "HTTP/1.1 200 OK\n\n"));

TEST(Http1ResponseDecoder, BlamesTheUpstreamAndAllowsAnotherRoute) {
  Http1ResponseDecoder decoder;
  const auto used = decoder.feed("nonsense\r\n\r\n", [](std::string_view) {});

  ASSERT_FALSE(used);
  EXPECT_EQ(used.error().kind, ErrorKind::upstream_protocol);
  EXPECT_EQ(used.error().source, ErrorSource::upstream);
  EXPECT_EQ(used.error().retry, Retry::next_route);
}

TEST(Http1ResponseDecoder, BoundsTheHeadAndTheInterimAnswers) {
  EXPECT_TRUE(decode("HTTP/1.1 200 OK\r\nA: " + std::string(70000, 'a') + "\r\n\r\n").failed);
  EXPECT_FALSE(decode("HTTP/1.1 200 OK\r\nA: " + std::string(60000, 'a') + "\r\n\r\n").failed);
  std::string interim;
  for (int i = 0; i < 20; ++i) interim += "HTTP/1.1 102 Processing\r\n\r\n";
  EXPECT_TRUE(decode(interim).failed);
}

TEST(Http1ResponseDecoder, TakesABodyBeyondEightMebibytes) {
  const std::string chunk = "100000\r\n" + std::string(0x100000, 'x') + "\r\n";
  Http1ResponseDecoder decoder;
  std::size_t body_bytes = 0;
  const auto count = [&](std::string_view part) { body_bytes += part.size(); };
  ASSERT_TRUE(decoder.feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", count));
  for (int i = 0; i < 12; ++i) ASSERT_TRUE(decoder.feed(chunk, count));

  EXPECT_EQ(body_bytes, 12U * 0x100000U);
}

TEST(Http1ResponseDecoder, IsNotReusableWhenTheServerSaysSo) {
  EXPECT_FALSE(
      decode("HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n").keep_alive);
  EXPECT_FALSE(decode("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n").keep_alive);
  EXPECT_TRUE(
      decode("HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n").keep_alive);
}

TEST(Http1ResponseDecoder, ServesSeveralMessages) {
  Http1ResponseDecoder decoder;
  std::string body;
  const auto collect = [&](std::string_view part) { body += part; };
  ASSERT_TRUE(decoder.feed(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX: 1\r\n\r\n1\r\na\r\n0\r\n\r\n", collect));
  decoder.reset();
  EXPECT_FALSE(decoder.started());
  ASSERT_TRUE(decoder.feed("HTTP/1.1 500 No\r\nContent-Length: 1\r\n\r\nb", collect));

  EXPECT_TRUE(decoder.message_complete());
  EXPECT_EQ(decoder.head().status, 500);
  EXPECT_FALSE(decoder.head().headers.contains("X"));
  EXPECT_EQ(body, "ab");
}

TEST(ResponseHead, ContentTypeIsTheMediaTypeAlone) {
  ResponseHead head;
  EXPECT_EQ(head.content_type(), "");
  head.headers.add("content-type", "text/event-stream ; charset=utf-8");

  EXPECT_EQ(head.content_type(), "text/event-stream");
}

}  // namespace
}  // namespace freellm::wire
