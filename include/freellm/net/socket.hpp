#pragma once
// The one place that names Asio's socket types. Concrete executor: one word less per operation.

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>

#include "freellm/net/byte_stream.hpp"

namespace freellm::net {

namespace asio = boost::asio;
using Executor = asio::io_context::executor_type;
using TcpSocket = asio::basic_stream_socket<asio::ip::tcp, Executor>;

/// Takes over a connected socket. Sets TCP_NODELAY and non-blocking mode.
[[nodiscard]] std::unique_ptr<ByteStream> make_plain_stream(TcpSocket socket);

}  // namespace freellm::net
