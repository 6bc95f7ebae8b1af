#include "app/service_notify.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>

namespace freellm::app {
namespace {

/// A service manager's end: an abstract name, so that nothing is left behind.
class Manager {
 public:
  Manager() : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    const std::string name = "freellm-notify-" + std::to_string(::getpid());
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path + 1, name.data(), name.size());
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address),
                     static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size())),
              0);
    environment_ = {{"NOTIFY_SOCKET", "@" + name}};
  }
  ~Manager() { ::close(fd_); }
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;

  std::string heard() {
    std::array<char, 256> buffer{};
    const auto got = ::recv(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    return got < 0 ? "" : std::string{buffer.data(), static_cast<std::size_t>(got)};
  }
  [[nodiscard]] const Environment& environment() const { return environment_; }

 private:
  int fd_;
  Environment environment_;
};

TEST(ServiceNotify, TellsTheManagerOfEveryState) {
  Manager manager;

  notify_service(manager.environment(), ServiceState::ready);
  EXPECT_EQ(manager.heard(), "READY=1\n");
  notify_service(manager.environment(), ServiceState::reloading);
  EXPECT_EQ(manager.heard().rfind("RELOADING=1\nMONOTONIC_USEC=", 0), 0U);
  notify_service(manager.environment(), ServiceState::stopping);
  EXPECT_EQ(manager.heard(), "STOPPING=1\n");
}

TEST(ServiceNotify, DoesNothingWithoutAManagerOrWithABadName) {
  Manager manager;

  notify_service({}, ServiceState::ready);
  notify_service({{"NOTIFY_SOCKET", "/no/such/socket"}}, ServiceState::ready);
  notify_service({{"NOTIFY_SOCKET", std::string(200, 'x')}}, ServiceState::ready);

  EXPECT_EQ(manager.heard(), "");
}

}  // namespace
}  // namespace freellm::app
