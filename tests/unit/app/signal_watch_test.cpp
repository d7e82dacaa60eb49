// SPDX-License-Identifier: Apache-2.0
#include "app/signal_watch.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <functional>
#include <string>

#include "app/signals.h"
#include "util/file_descriptor.h"

using namespace postbell;
using namespace std::chrono_literals;

namespace {

struct Left {
    int status = 0;
    std::string said;
};

/// Runs `body` in a process of its own.
Left inChild(const std::function<int()>& body) {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    const util::FileDescriptor reader(ends[0]);
    const pid_t child = ::fork();
    if (child == 0) {
        ::dup2(ends[1], STDERR_FILENO);
        app::holdSignals();
        ::_exit(body());
    }
    ::close(ends[1]);
    Left left;
    char text[1024];
    for (ssize_t got = 0; (got = ::read(reader.get(), text, sizeof text)) > 0;)
        left.said.append(text, static_cast<std::size_t>(got));
    ::waitpid(child, &left.status, 0);
    return left;
}

}  // namespace

TEST_CASE("signals are taken in their order, also those that came before") {
    const Left left = inChild([] {
        ::kill(::getpid(), SIGHUP);
        const app::Stage stage("serving");
        app::SignalWatch watch(stage);
        const int first = watch.next();
        ::kill(::getpid(), SIGTERM);
        return first == SIGHUP && watch.next() == SIGTERM ? 42 : 1;
    });
    CHECK(WEXITSTATUS(left.status) == 42);
    CHECK(left.said.empty());
}

TEST_CASE("a storm of reloads delays no stop, and is one reload") {
    const Left left = inChild([] {
        const app::Stage stage("serving");
        app::SignalWatch watch(stage);
        const auto storm = [] {
            for (int i = 0; i < 200; ++i) {
                ::kill(::getpid(), SIGHUP);
                ::usleep(200);
            }
        };
        storm();
        if (watch.next() != SIGHUP) return 1;
        storm();
        ::kill(::getpid(), SIGTERM);
        ::usleep(20'000);
        return watch.next() == SIGTERM ? 42 : 2;
    });
    CHECK(WEXITSTATUS(left.status) == 42);
}

TEST_CASE("a part that hangs does not hide a signal to stop: it is named, and the process ends") {
    const Left left = inChild([] {
        const app::Stage stage("finishing the pushes in flight");
        app::SignalWatch watch(stage, 200ms);
        log::Log log({});
        const app::SignalWatch::Context context(
            watch, log, [] { return std::string("the loop engine has hung for 12 seconds"); });
        ::kill(::getpid(), SIGTERM);
        while (true) ::pause();
        return 0;
    });
    REQUIRE(WIFEXITED(left.status));
    CHECK(WEXITSTATUS(left.status) == app::SignalWatch::kHungExitCode);
    CHECK(left.said.find("postbell: the gateway did not end in time while finishing the pushes in "
                         "flight: the loop engine has hung for 12 seconds") != std::string::npos);
}

TEST_CASE("an end in time is left alone") {
    const Left left = inChild([] {
        const app::Stage stage("serving");
        app::SignalWatch watch(stage, 10s);
        ::kill(::getpid(), SIGINT);
        return watch.next() == SIGINT ? 42 : 1;
    });
    CHECK(WEXITSTATUS(left.status) == 42);
}
