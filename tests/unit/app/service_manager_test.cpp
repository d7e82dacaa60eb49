// SPDX-License-Identifier: Apache-2.0
#include "app/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>
#include <filesystem>

using namespace postbell;
using namespace std::chrono_literals;

namespace {

/// The service manager's end of the socket, and the environment that names it.
class Manager {
  public:
    explicit Manager(const std::string& name) : socket_(::socket(AF_UNIX, SOCK_DGRAM, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, name.data(), name.size());
        if (name.front() == '@') address.sun_path[0] = '\0';
        REQUIRE(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address),
                       static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size())) == 0);
        ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
    }
    ~Manager() {
        for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"})
            ::unsetenv(name);
    }
    std::string heard() const {
        char text[64];
        const ssize_t size = ::recv(socket_.get(), text, sizeof text, MSG_DONTWAIT);
        return size < 0 ? "nothing" : std::string(text, static_cast<std::size_t>(size));
    }

  private:
    util::FileDescriptor socket_;
};

}  // namespace

TEST_CASE("the service manager hears of the states, by a path and by an abstract name") {
    const std::string path =
        (std::filesystem::temp_directory_path() / ("notify." + std::to_string(::getpid())))
            .string();
    for (const std::string& name : {path, "@postbell-test-" + std::to_string(::getpid())}) {
        const Manager manager(name);
        const app::ServiceManager told;
        told.ready();
        CHECK(manager.heard() == "READY=1");
        told.alive();
        CHECK(manager.heard() == "WATCHDOG=1");
        told.stopping();
        CHECK(manager.heard() == "STOPPING=1");
    }
    std::filesystem::remove(path);
}

TEST_CASE("a manager that does not read makes no thread wait") {
    const Manager manager("@postbell-test-" + std::to_string(::getpid()));
    const app::ServiceManager told;
    for (int i = 0; i < 10'000; ++i) told.alive();
    CHECK(manager.heard() == "WATCHDOG=1");
}

TEST_CASE("without a service manager nothing is told") {
    const app::ServiceManager nobody;
    CHECK_NOTHROW(nobody.ready());
    CHECK_FALSE(nobody.watchdog());
}

TEST_CASE("the watchdog's interval is this process's, or none") {
    const Manager manager("@postbell-test-" + std::to_string(::getpid()));
    ::setenv("WATCHDOG_USEC", "30000000", 1);
    CHECK(app::ServiceManager().watchdog() == util::Milliseconds(30s));
    ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
    CHECK(app::ServiceManager().watchdog() == util::Milliseconds(30s));
    ::setenv("WATCHDOG_PID", "1", 1);
    CHECK_FALSE(app::ServiceManager().watchdog());
    ::unsetenv("WATCHDOG_PID");
    for (const char* wrong : {"", "0", "-1", "a lot"}) {
        ::setenv("WATCHDOG_USEC", wrong, 1);
        CHECK_FALSE(app::ServiceManager().watchdog());
    }
}
