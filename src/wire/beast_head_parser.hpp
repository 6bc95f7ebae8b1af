// Beast's HTTP/1 grammar over one complete head, without its allocating message types. Private to
// the wire layer; included by the two decoders only, because Beast is dear to compile.
//
// Beast's parser serves for the head alone. Bodies go through ChunkedDecoder: Beast 1.81 keeps
// chunk headers back until it sees the next one, asserts on "0\r\n" + "\r\n" in two pieces and does
// not bound extensions.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <string_view>

#include "freellm/wire/headers.hpp"

namespace freellm::wire::detail {

inline std::string_view to_std(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

template <bool is_request>
class BeastHeadParser : public boost::beast::http::basic_parser<is_request> {
 public:
  using ErrorCode = boost::beast::error_code;

  BeastHeadParser(HeaderList& headers, std::size_t max_fields)
      : headers_(headers), max_fields_(max_fields) {
    this->skip(true);
    this->body_limit(boost::none);
  }

  /// `head` ends with the blank line.
  [[nodiscard]] ErrorCode parse(std::string_view head) {
    this->header_limit(static_cast<std::uint32_t>(head.size()) + 1);
    ErrorCode ec;
    this->put(boost::asio::const_buffer{head.data(), head.size()}, ec);
    if (!ec && !this->is_done()) ec = boost::beast::http::error::need_more;
    return ec;
  }
  [[nodiscard]] bool has_too_many_fields() const { return headers_.size() >= max_fields_; }

  boost::beast::string_view method;
  boost::beast::string_view target;
  int version = 0;
  int status = 0;

 private:
  using Text = boost::beast::string_view;

  void on_request_impl(boost::beast::http::verb, Text method_text, Text target_text,
                       int http_version, ErrorCode& ec) override {
    method = method_text;
    target = target_text;
    version = http_version;
    ec = {};
  }
  void on_response_impl(int code, Text, int http_version, ErrorCode& ec) override {
    status = code;
    version = http_version;
    ec = {};
  }
  void on_field_impl(boost::beast::http::field, Text name, Text value, ErrorCode& ec) override {
    ec = {};
    if (has_too_many_fields()) {
      ec = boost::beast::http::error::header_limit;
    } else {
      headers_.add(to_std(name), to_std(value));
    }
  }
  void on_header_impl(ErrorCode& ec) override { ec = {}; }
  void on_body_init_impl(boost::optional<std::uint64_t> const&, ErrorCode& ec) override { ec = {}; }
  std::size_t on_body_impl(Text body, ErrorCode& ec) override {
    ec = {};
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t, Text, ErrorCode& ec) override { ec = {}; }
  std::size_t on_chunk_body_impl(std::uint64_t, Text body, ErrorCode& ec) override {
    ec = {};
    return body.size();
  }
  void on_finish_impl(ErrorCode& ec) override { ec = {}; }

  HeaderList& headers_;
  std::size_t max_fields_;
};

}  // namespace freellm::wire::detail
