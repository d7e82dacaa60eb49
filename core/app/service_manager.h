// SPDX-License-Identifier: Apache-2.0
// Messages to systemd about the service: sd_notify(3), without its library.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "util/file_descriptor.h"
#include "util/time.h"

namespace postbell::app {

/// Sends states to the socket that the environment names (NOTIFY_SOCKET); none: nothing is sent.
/// No call waits. Thread-safe.
class ServiceManager {
  public:
    ServiceManager();

    void ready() const { send("READY=1"); }
    void stopping() const { send("STOPPING=1"); }
    void alive() const { send("WATCHDOG=1"); }
    /// How often alive() is expected at least (WATCHDOG_USEC); nothing: it is not.
    std::optional<util::Milliseconds> watchdog() const { return watchdog_; }

  private:
    void send(std::string_view state) const;

    std::string address_;  // a path, or an abstract name that begins with '@'
    util::FileDescriptor socket_;
    std::optional<util::Milliseconds> watchdog_;
};

}  // namespace postbell::app
