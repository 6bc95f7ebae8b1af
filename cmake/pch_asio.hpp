// Precompiled header of the layers that do I/O. Sources still include what they use.
#pragma once
#include "pch_std.hpp"

#include <coroutine>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
