// SPDX-License-Identifier: Apache-2.0
#include "validate/child.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <stdexcept>
#include <thread>

#include <unistd.h>
#include <catch2/catch.hpp>

using postbell::validate::inChild;
using namespace std::chrono_literals;

TEST_CASE("a child's failure is told", "[validate]") {
    const auto sin = [](const std::function<void()>& body) { return inChild(body, 5s).sin; };
    CHECK(sin([] {}).empty());
    CHECK(sin([] { throw std::runtime_error("a sentence"); }) == "a sentence");
    CHECK(sin([] { throw 42; }) == "it threw something that is no exception");
    CHECK(sin([] { std::abort(); }) == "it ended the process (SIGABRT)");
    CHECK(sin([] { std::_Exit(7); }) == "it ended the process");
    CHECK(sin([] { std::_Exit(0); }) == "it ended the process");  // as if nothing was wrong
    const auto end = inChild([] { std::this_thread::sleep_for(1h); }, 1s);
    CHECK(end.sin == "it did not return within 1 seconds");
    CHECK(end.timed_out);
}

TEST_CASE("a child that closes foreign descriptors is found out", "[validate]") {
    const auto closing = [](std::chrono::hours sleep) {
        return inChild(
            [sleep] {
                ::closefrom(3);
                std::this_thread::sleep_for(sleep);
            },
            1s);
    };
    CHECK(closing(0h).sin == "it closes descriptors that are not its own");
    CHECK(closing(1h).sin == "it did not return within 1 seconds");
    CHECK(closing(1h).timed_out);
}

TEST_CASE("a child's sentence can be printed", "[validate]") {
    const auto end = inChild([] { throw std::runtime_error("\x1b[2J\xff"); }, 5s);
    CHECK(end.sin.find('\x1b') == std::string::npos);
    CHECK(end.sin.find('\xff') == std::string::npos);
}

TEST_CASE("a child's own output is not on standard output", "[validate]") {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    std::fflush(stdout);
    const int kept = ::dup(STDOUT_FILENO);
    ::dup2(ends[1], STDOUT_FILENO);
    const auto end = inChild(
        [] {
            std::puts("it prints");
            std::fflush(stdout);
        },
        5s);
    ::dup2(kept, STDOUT_FILENO);
    ::close(kept);
    ::close(ends[1]);
    char byte = 0;
    CHECK(::read(ends[0], &byte, 1) == 0);
    ::close(ends[0]);
    CHECK(end.sin.empty());
}

TEST_CASE("a child changes nothing here", "[validate]") {
    int value = 1;
    CHECK(inChild([&] { value = 2; }, 5s).sin.empty());
    CHECK(value == 1);
}
