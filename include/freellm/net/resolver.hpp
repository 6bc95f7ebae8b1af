#pragma once
// Name lookups off the I/O threads, with a cache: fresh for a minute, then served stale for ten
// more while one lookup refreshes it. IP literals never leave the caller's thread.
//
// Thread-safe; one per process. Answers arrive on the io_context given with the question.

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "freellm/base/result.hpp"

namespace freellm::net {

using Addresses = std::vector<boost::asio::ip::address>;

class Resolver {
 public:
  /// Looks a name up. Blocking; called on the resolver's own threads. Tests replace it.
  using Lookup = std::function<Result<Addresses>(const std::string& host)>;

  explicit Resolver(Lookup lookup = system_lookup());
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// Calls `answer` on `context`'s thread, or at once when the answer is known. The context must
  /// outlive the resolver's threads (see stop()).
  void resolve(const std::string& host, boost::asio::io_context& context,
               std::function<void(Result<Addresses>)> answer);

  /// Forgets pending answers and joins the threads. Called before the io_contexts go.
  void stop();

  /// getaddrinfo, both families, in the system's order.
  static Lookup system_lookup();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace freellm::net
