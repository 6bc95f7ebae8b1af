#include "freellm/wire/http1_request_decoder.hpp"

#include <gtest/gtest.h>

#include "unit/wire/cuts.hpp"

namespace freellm::wire {
namespace {

using freellm::testing::every_cut;
using freellm::testing::Pieces;

constexpr std::string_view kPlain =
    "POST /v1/chat/completions?trace=1 HTTP/1.1\r\nHost: localhost:3001\r\nContent-Length: 5\r\n"
    "Content-Type:application/json \r\nAuthorization: Bearer x\r\n\r\n";

struct Outcome {
  int error_status = 0;
  std::string summary;
  std::string body;
  std::string left_over;
  bool complete = false;
  bool operator==(const Outcome&) const = default;
};

std::string summary_of(const RequestHead& head) {
  auto text = head.method + ' ' + head.path + " ? " + head.query + " v" +
              std::to_string(head.version) + (head.keep_alive ? " keep" : " close") +
              (head.expect_continue ? " expect" : "") + (head.chunked ? " chunked" : "") +
              " length=" + (head.content_length ? std::to_string(*head.content_length) : "none");
  for (const auto& [name, value] : head.headers) {
    text += '|';
    text += name;
    text += '=';
    text += value;
  }
  return text;
}

/// Feeds the pieces as a server would: head, then a chunked body, then whatever is left.
Outcome decode(const Pieces& pieces) {
  Http1RequestDecoder decoder;
  Outcome outcome;
  for (auto piece : pieces) {
    if (!decoder.head_complete()) {
      const auto used = decoder.feed(piece);
      if (!used) {
        outcome.error_status = used.error().http_status;
        return outcome;
      }
      piece.remove_prefix(*used);
    }
    if (decoder.head_complete() && !decoder.body_complete()) {
      const auto used =
          decoder.feed_body(piece, [&](std::string_view part) { outcome.body += part; });
      if (!used) {
        outcome.error_status = used.error().http_status;
        return outcome;
      }
      piece.remove_prefix(*used);
    }
    outcome.left_over += piece;
  }
  if (decoder.head_complete()) outcome.summary = summary_of(decoder.head());
  outcome.complete = decoder.body_complete();
  return outcome;
}

Outcome decode(std::string_view text) { return decode(Pieces{text}); }

int refusal_of(std::string_view text) { return decode(text).error_status; }

std::string with_field(std::string_view field) {
  return "POST / HTTP/1.1\r\nHost: h\r\n" + std::string{field} + "\r\n\r\n";
}

TEST(Http1RequestDecoder, ReadsAHead) {
  Http1RequestDecoder decoder;
  const auto used = decoder.feed(kPlain);

  ASSERT_TRUE(used);
  EXPECT_EQ(*used, kPlain.size());
  ASSERT_TRUE(decoder.head_complete());
  const auto& head = decoder.head();
  EXPECT_EQ(head.method, "POST");
  EXPECT_EQ(head.target, "/v1/chat/completions?trace=1");
  EXPECT_EQ(head.path, "/v1/chat/completions");
  EXPECT_EQ(head.query, "trace=1");
  EXPECT_EQ(head.content_length, 5U);
  EXPECT_TRUE(head.keep_alive);
  EXPECT_EQ(head.headers.find("content-type"), "application/json");
}

TEST(Http1RequestDecoder, LeavesTheBytesBehindTheHead) {
  Http1RequestDecoder decoder;
  const auto used = decoder.feed(std::string{kPlain} + "hello");

  ASSERT_TRUE(used);
  EXPECT_EQ(*used, kPlain.size());
}

class RequestFixture : public ::testing::TestWithParam<const char*> {};

TEST_P(RequestFixture, OutcomeDoesNotDependOnHowBytesArrive) {
  const auto whole = decode(GetParam());

  for (const auto& pieces : every_cut(GetParam())) EXPECT_EQ(decode(pieces), whole);
}

INSTANTIATE_TEST_SUITE_P(
    All, RequestFixture,
    ::testing::Values(
        "GET / HTTP/1.1\r\nHost: h\r\n\r\nGET /next HTTP/1.1\r\n",
        "\r\n\r\nGET /a%20b?c HTTP/1.0\r\n\r\n",
        "POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: "
        "chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\nrest",
        "POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\nX: y\r\n\r\n", "GET / HTTP/2.0\r\nHost: h\r\n\r\n",
        "GET / HTTP/1.1\r\nHost : h\r\n\r\n", "\x16\x03\x01\x02",
        "GET / HTTP/1.1\r\nHost: h\r\nA: b\r\n c\r\n\r\n"));

TEST(Http1RequestDecoder, DecodesAChunkedBody) {
  const auto outcome = decode(
      "POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: "
      "Chunked\r\n\r\n3\r\nabc\r\n2;e=1\r\nde\r\n0\r\n\r\nGET");

  EXPECT_EQ(outcome.body, "abcde");
  EXPECT_TRUE(outcome.complete);
  EXPECT_EQ(outcome.left_over, "GET");
}

TEST(Http1RequestDecoder, ServesSeveralRequestsOfOneConnection) {
  Http1RequestDecoder decoder;
  ASSERT_TRUE(decoder.feed(kPlain));
  decoder.reset();
  EXPECT_FALSE(decoder.started());
  ASSERT_TRUE(decoder.feed("GET /second HTTP/1.1\r\nHost: h\r\n\r\n"));

  ASSERT_TRUE(decoder.head_complete());
  EXPECT_EQ(decoder.head().path, "/second");
  EXPECT_EQ(decoder.head().content_length, std::nullopt);
  EXPECT_EQ(decoder.head().headers.size(), 1U);
}

TEST(Http1RequestDecoder, KnowsWhetherTheClientWantsToStay) {
  const auto keeps = [](std::string_view text) {
    Http1RequestDecoder decoder;
    EXPECT_TRUE(decoder.feed(text));
    return decoder.head().keep_alive;
  };

  EXPECT_TRUE(keeps("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.1\r\nHost: h\r\nConnection: foo, Close\r\n\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.0\r\n\r\n"));
  EXPECT_TRUE(keeps("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
}

TEST(Http1RequestDecoder, NoticesAClientThatWaitsForContinue) {
  Http1RequestDecoder decoder;
  ASSERT_TRUE(decoder.feed(with_field("Content-Length: 3\r\nExpect: 100-continue")));

  EXPECT_TRUE(decoder.head().expect_continue);
}

struct Refusal {
  const char* text;
  int status;
};
class RefusedRequest : public ::testing::TestWithParam<Refusal> {};

TEST_P(RefusedRequest, GetsTheRightStatus) {
  EXPECT_EQ(refusal_of(GetParam().text), GetParam().status);
}

#define HEAD_ "POST / HTTP/1.1\r\nHost: h\r\n"
INSTANTIATE_TEST_SUITE_P(
    Framing, RefusedRequest,
    ::testing::Values(
        Refusal{HEAD_ "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        Refusal{HEAD_ "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n", 400},
        Refusal{HEAD_ "Content-Length: 3\r\nContent-Length: 3\r\n\r\n", 400},
        Refusal{HEAD_ "Content-Length: 3, 3\r\n\r\n", 400},
        Refusal{HEAD_ "Content-Length: +3\r\n\r\n", 400},
        Refusal{HEAD_ "Content-Length: -3\r\n\r\n", 400},
        Refusal{HEAD_ "Content-Length: 0x3\r\n\r\n", 400},
        Refusal{HEAD_ "Content-Length: \r\n\r\n", 400},
        Refusal{HEAD_ "Content-Length: 3 3\r\n\r\n", 400},
        Refusal{HEAD_ "Content-Length: 99999999999999999999\r\n\r\n", 400},
        Refusal{HEAD_ "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        Refusal{HEAD_ "Transfer-Encoding: gzip\r\n\r\n", 501},
        Refusal{HEAD_ "Transfer-Encoding: gzip, chunked\r\n\r\n", 501},
        Refusal{HEAD_ "Transfer-Encoding: chunked, identity\r\n\r\n", 501},
        Refusal{HEAD_ "Transfer-Encoding: \x0b"
                      "chunked\r\n\r\n",
                400},
        Refusal{"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        Refusal{HEAD_ "Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400}));

INSTANTIATE_TEST_SUITE_P(
    Grammar, RefusedRequest,
    ::testing::Values(
        Refusal{"GET / HTTP/1.1\nHost: h\n\n", 400}, Refusal{HEAD_ "A: b\nC: d\r\n\r\n", 400},
        Refusal{HEAD_ "A: b\r\n c\r\n\r\n", 400}, Refusal{HEAD_ "A: b\r\n\tc\r\n\r\n", 400},
        Refusal{HEAD_ "A : b\r\n\r\n", 400}, Refusal{HEAD_ " A: b\r\n\r\n", 400},
        Refusal{HEAD_ "A\r\n\r\n", 400}, Refusal{HEAD_ ": b\r\n\r\n", 400},
        Refusal{HEAD_ "A: b\x01\r\n\r\n", 400}, Refusal{HEAD_ "A: b\rc\r\n\r\n", 400},
        Refusal{HEAD_ "A(: b\r\n\r\n", 400}, Refusal{"GET  / HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        Refusal{"GET / HTTP/1.1 \r\nHost: h\r\n\r\n", 400},
        Refusal{"GET /\r\nHost: h\r\n\r\n", 400}, Refusal{"GET / http/1.1\r\nHost: h\r\n\r\n", 400},
        Refusal{"GET / HTTP/11\r\nHost: h\r\n\r\n", 400},
        Refusal{"G(T / HTTP/1.1\r\nHost: h\r\n\r\n", 400}, Refusal{"\r\n\r\n\r\n\r\n", 400},
        Refusal{"\x16\x03\x01", 400}, Refusal{"GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505},
        Refusal{"PRI * HTTP/2.0\r\n\r\n", 505}, Refusal{"GET / HTTP/0.9\r\n\r\n", 505},
        Refusal{"GET / HTTP/1.1\r\n\r\n", 400}, Refusal{HEAD_ "Host: h\r\n\r\n", 400},
        Refusal{"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
        Refusal{"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
        Refusal{"GET http://u@h/ HTTP/1.1\r\nHost: u@h\r\n\r\n", 400},
        Refusal{"CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        Refusal{"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        Refusal{"GET x HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        Refusal{"GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n", 400}));
#undef HEAD_

TEST(Http1RequestDecoder, RefusesANulByte) {
  EXPECT_EQ(refusal_of(with_field(std::string_view{"A: b\0c", 6})), 400);
}

TEST(Http1RequestDecoder, NormalisesAbsoluteForm) {
  Http1RequestDecoder decoder;
  ASSERT_TRUE(decoder.feed("GET http://h:80/v1/models?x HTTP/1.1\r\nHost: h:80\r\n\r\n"));

  EXPECT_EQ(decoder.head().path, "/v1/models");
  EXPECT_EQ(decoder.head().query, "x");
}

TEST(Http1RequestDecoder, RefusesALongTarget) {
  EXPECT_EQ(refusal_of("GET /" + std::string(8190, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n"), 0);
  EXPECT_EQ(refusal_of("GET /" + std::string(8193, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n"), 414);
  EXPECT_EQ(refusal_of("GET /" + std::string(40000, 'a')), 414);
}

TEST(Http1RequestDecoder, RefusesALargeHead) {
  const auto text = with_field("A: " + std::string(Http1RequestDecoder::kMaxHeadBytes, 'a'));

  EXPECT_EQ(refusal_of(text), 431);
  EXPECT_EQ(decode(freellm::testing::in_pieces_of(text, 1000)).error_status, 431);
}

TEST(Http1RequestDecoder, RefusesTooManyFields) {
  const auto with_fields = [](int count) {
    std::string text = "GET / HTTP/1.1\r\nHost: h\r\n";
    for (int i = 1; i < count; ++i) text += "A: b\r\n";
    return text + "\r\n";
  };

  EXPECT_EQ(refusal_of(with_fields(100)), 0);
  EXPECT_EQ(refusal_of(with_fields(101)), 431);
}

}  // namespace
}  // namespace freellm::wire
