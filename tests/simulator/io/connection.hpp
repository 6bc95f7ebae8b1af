#pragma once
// One accepted socket, plain or TLS: cuts requests out of what arrives, asks the service, plays the
// script it is given, notices when the peer leaves. Lives on the event loop; not thread-safe.

#include <openssl/ssl.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "io/event_loop.hpp"
#include "io/http.hpp"
#include "io/script.hpp"

namespace simulator {

class Connection;

/// Answers requests. Must call `connection.play` exactly once per request, at once or later.
class Service {
 public:
  virtual ~Service() = default;
  virtual void serve(const HttpRequest& request, Connection& connection) = 0;
};

enum class PlayEnd { finished, aborted_by_peer };

class Connection final : public Handler {
 public:
  using OnEnd = std::function<void(PlayEnd)>;
  using OnClosed = std::function<void(Connection&)>;

  /// Takes over `fd` and `ssl` (null = plain).
  Connection(EventLoop& loop, Service& service, int fd, SSL* ssl, std::uint64_t id,
             OnClosed on_closed);
  ~Connection() override;

  void on_events(std::uint32_t events) override;

  /// Sends `script`; `on_end` is called once, when it has been sent or when the peer has left.
  void play(std::shared_ptr<const Script> script, OnEnd on_end = {});

  /// Lets a held script go on, to its next hold if it has one; returns what that sends, empty when
  /// it was not held or only its ending was left.
  std::string release();

  [[nodiscard]] std::uint64_t id() const { return id_; }

 private:
  enum class Transfer { progress, would_block, closed };

  bool handshake();
  void read_input();
  Transfer receive();
  Transfer send_some(std::string_view bytes, std::size_t& sent);
  void answer_requests();
  void refuse(ParseStatus why);
  void advance();
  [[nodiscard]] bool is_held() const;
  void finish_script();
  void want_writable(bool wanted);
  void close_now(PlayEnd end);
  void reset();

  EventLoop& loop_;
  Service& service_;
  int fd_;
  SSL* ssl_;
  std::uint64_t id_;
  OnClosed on_closed_;
  bool is_handshaking_;
  bool is_serving_ = false;
  bool is_closed_ = false;
  bool is_answering_ = false;  ///< guards against re-entry when a script ends at once
  bool wants_writable_ = false;
  bool keep_alive_ = true;
  bool has_continued_ = false;
  std::string input_;
  std::size_t consumed_ = 0;
  HttpRequest request_;
  std::shared_ptr<const Script> script_;
  std::size_t step_ = 0;
  std::size_t offset_ = 0;
  bool has_waited_ = false;
  bool is_released_ = false;
  OnEnd on_end_;
  std::optional<EventLoop::TimerKey> timer_;
};

}  // namespace simulator
