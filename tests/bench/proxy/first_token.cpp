// freellm-first-token: how long a streamed answer's first text takes, at several endpoints in turn.
//
// One request at a time, every endpoint once per round in an order that changes, a pause of random
// length between them: all see the same machine, and none is in step with what else runs on it.
// Prints one line of name=value pairs per endpoint; what an endpoint adds is the difference to the
// first one's median.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "options.hpp"
#include "response_reader.hpp"

namespace {

using namespace load;
using Clock = std::chrono::steady_clock;
using Micros = std::chrono::microseconds;

constexpr const char* kUsage =
    R"(freellm-first-token: time to the first text of a streamed answer, endpoints in turn

  --target NAME,PORT,PATH    an endpoint of 127.0.0.1; may be repeated
  --model NAME --key KEY     what the requests say
  --rounds N                 counted rounds, every endpoint once in each
)";
constexpr std::size_t kWarmUpRounds = 50;
constexpr Micros kShortestPause{1'000};
constexpr Micros kLongestPause{4'000};

/// One endpoint, its kept-alive connection and what was measured there.
class Target {
 public:
  Target(std::string name, const Options& options)
      : name_(std::move(name)), port_(options.port), request_(request_bytes(options)) {}
  Target(Target&& other) noexcept = default;
  Target(const Target&) = delete;
  ~Target() { disconnect(); }

  void ask(bool counts);
  /// Prints the figures; `base_us` is the first endpoint's median, or this one's own.
  void report(std::int64_t base_us);
  [[nodiscard]] std::int64_t percentile(double share);
  [[nodiscard]] std::size_t errors() const { return errors_; }

 private:
  [[nodiscard]] bool connect();
  void disconnect();
  [[nodiscard]] bool exchange(Clock::time_point& first);

  std::string name_;
  std::uint16_t port_;
  std::string request_;
  int fd_ = -1;
  ResponseReader reader_;
  std::vector<std::int64_t> first_us_;
  std::size_t errors_ = 0;
};

bool Target::connect() {
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port_);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const timeval patience{.tv_sec = 5, .tv_usec = 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  return ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

void Target::disconnect() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

bool Target::exchange(Clock::time_point& first) {
  static std::array<char, 64 * 1024> buffer;
  reader_.reset();
  const auto sent = ::send(fd_, request_.data(), request_.size(), MSG_NOSIGNAL);
  if (sent != static_cast<ssize_t>(request_.size())) return false;
  for (bool has_token = false;;) {
    const auto got = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (got <= 0) return false;
    const auto seen = reader_.feed({buffer.data(), static_cast<std::size_t>(got)});
    if (seen.token && !has_token) first = Clock::now();
    has_token = has_token || seen.token;
    if (reader_.broken()) return false;
    if (seen.complete) return has_token && reader_.status() == 200;
  }
}

void Target::ask(bool counts) {
  Clock::time_point first;
  if (fd_ < 0 && !connect()) {
    ++errors_;
    return disconnect();
  }
  const auto began = Clock::now();
  if (!exchange(first)) {
    ++errors_;
    return disconnect();
  }
  if (counts) first_us_.push_back(std::chrono::duration_cast<Micros>(first - began).count());
}

std::int64_t Target::percentile(double share) {
  if (first_us_.empty()) return 0;
  std::sort(first_us_.begin(), first_us_.end());
  return first_us_[static_cast<std::size_t>(static_cast<double>(first_us_.size() - 1) * share)];
}

void Target::report(std::int64_t base_us) {
  std::printf(
      "target=%s completed=%zu errors=%zu ttft_p50_us=%ld ttft_p90_us=%ld ttft_p99_us=%ld "
      "added_p50_us=%ld\n",
      name_.c_str(), first_us_.size(), errors_, percentile(0.5), percentile(0.9), percentile(0.99),
      percentile(0.5) - base_us);
}

struct Plan {
  std::vector<std::string> targets;
  Options request;
  std::size_t rounds = 500;
};

bool parse(int argc, char** argv, Plan& plan) {
  plan.request.stream = true;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    const std::string value = argv[i + 1];
    if (name == "--target") {
      plan.targets.push_back(value);
    } else if (name == "--model") {
      plan.request.model = value;
    } else if (name == "--key") {
      plan.request.key = value;
    } else if (name == "--rounds") {
      plan.rounds = std::stoul(value);
    } else {
      return false;
    }
  }
  return argc % 2 == 1 && !plan.targets.empty();
}

Target make_target(const std::string& text, Options request) {
  const auto first = text.find(',');
  const auto second = text.find(',', first + 1);
  request.port = static_cast<std::uint16_t>(std::stoul(text.substr(first + 1)));
  request.path = text.substr(second + 1);
  return Target{text.substr(0, first), request};
}

int run(const Plan& plan) {
  std::vector<Target> targets;
  targets.reserve(plan.targets.size());
  for (const auto& text : plan.targets) targets.push_back(make_target(text, plan.request));
  std::vector<std::size_t> order(targets.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::mt19937 random{1};
  std::uniform_int_distribution<Micros::rep> pause{kShortestPause.count(), kLongestPause.count()};
  for (std::size_t round = 0; round < kWarmUpRounds + plan.rounds; ++round) {
    std::shuffle(order.begin(), order.end(), random);
    for (const auto index : order) {
      std::this_thread::sleep_for(Micros{pause(random)});
      targets[index].ask(round >= kWarmUpRounds);
    }
  }
  std::size_t errors = 0;
  for (auto& target : targets) {
    target.report(targets.front().percentile(0.5));
    errors += target.errors();
  }
  return errors == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  Plan plan;
  try {
    if (parse(argc, argv, plan)) return run(plan);
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "freellm-first-token: %s\n", problem.what());
  }
  std::fputs(kUsage, stderr);
  return 2;
}
