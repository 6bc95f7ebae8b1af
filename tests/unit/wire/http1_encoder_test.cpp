#include "freellm/wire/http1_encoder.hpp"

#include <gtest/gtest.h>

#include "freellm/wire/http1_request_decoder.hpp"

namespace freellm::wire {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr WallTime kWhen{seconds{784111777}};  // the example of RFC 9110 §5.6.7

TEST(HttpDate, IsWrittenAsTheRfcShows) {
  EXPECT_EQ(http_date(kWhen), "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST(DateCache, ChangesWithTheSecondOnly) {
  DateCache cache;
  const std::string first{cache.at(kWhen)};

  EXPECT_EQ(cache.at(kWhen + milliseconds{999}), first);
  EXPECT_EQ(cache.at(kWhen + seconds{1}), "Sun, 06 Nov 1994 08:49:38 GMT");
  EXPECT_EQ(cache.at(kWhen - seconds{1}), "Sun, 06 Nov 1994 08:49:36 GMT");
}

TEST(ResponseHeadWriter, WritesAHead) {
  std::string out;
  ResponseHeadWriter{out, 200, "Sun, 06 Nov 1994 08:49:37 GMT"}
      .field("Content-Type", "application/json")
      .content_length(12)
      .finish();

  EXPECT_EQ(
      out,
      "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: application/json\r\n"
      "Content-Length: 12\r\n\r\n");
}

TEST(ResponseHeadWriter, AppendsBehindWhatIsThere) {
  std::string out{kContinueHead};
  ResponseHeadWriter{out, 204, ""}.connection_close().finish();

  EXPECT_EQ(out,
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
}

TEST(ResponseHeadWriter, DoesNotLetAValueBreakOut) {
  std::string out;
  ResponseHeadWriter{out, 200, ""}.field("X-Model", "a\r\nSet-Cookie: b\x01\xc3\xa9\ttab").finish();

  EXPECT_EQ(out, "HTTP/1.1 200 OK\r\nX-Model: a??Set-Cookie: b???\ttab\r\n\r\n");
}

TEST(ResponseHeadWriter, LeavesOutAFieldWithAMalformedName) {
  std::string out;
  ResponseHeadWriter{out, 200, ""}
      .field("X\r\nY", "1")
      .field("", "2")
      .field("A B", "3")
      .field("A:", "4")
      .finish();

  EXPECT_EQ(out, "HTTP/1.1 200 OK\r\n\r\n");
}

TEST(RequestHeadWriter, WritesTargetAndHost) {
  std::string out;
  RequestHeadWriter{out, "POST", "/v1/chat/completions", Origin{Scheme::http, "::1", 8080}}
      .chunked()
      .finish();

  EXPECT_EQ(out,
            "POST /v1/chat/completions HTTP/1.1\r\nHost: [::1]:8080\r\nTransfer-Encoding: "
            "chunked\r\n\r\n");
}

TEST(RequestHeadWriter, EncodesWhatMayNotStandInATarget) {
  std::string out;
  RequestHeadWriter{out, "GET", "models/a b\r\n\xc3\xa9", Origin{}}.finish();

  EXPECT_TRUE(out.starts_with("GET /models/a%20b%0D%0A%C3%A9 HTTP/1.1\r\n")) << out;
}

TEST(RequestHeadWriter, IsUnderstoodByTheRequestDecoder) {
  std::string out;
  RequestHeadWriter{out, "POST", "/a b?c=d", Origin{Scheme::https, "h.example", 443}}
      .content_length(0)
      .finish();
  Http1RequestDecoder decoder;

  ASSERT_TRUE(decoder.feed(out));
  EXPECT_EQ(decoder.head().path, "/a b");
  EXPECT_EQ(decoder.head().headers.find("Host"), "h.example");
}

TEST(ReasonPhrase, KnowsTheUsualCodes) {
  EXPECT_EQ(reason_phrase(100), "Continue");
  EXPECT_EQ(reason_phrase(429), "Too Many Requests");
  EXPECT_EQ(reason_phrase(505), "HTTP Version Not Supported");
  EXPECT_EQ(reason_phrase(499), "Unknown");
}

}  // namespace
}  // namespace freellm::wire
