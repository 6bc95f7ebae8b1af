#pragma once
// Tells the service manager how the daemon is, as systemd's Type=notify wants it: a datagram to the
// socket that NOTIFY_SOCKET names. Without that variable nothing happens.

#include "freellm/app/config.hpp"

namespace freellm::app {

enum class ServiceState { ready, reloading, stopping };

/// Never blocks; what cannot be sent is lost, as the manager has a time limit of its own.
void notify_service(const Environment& environment, ServiceState state);

}  // namespace freellm::app
