// SPDX-License-Identifier: Apache-2.0
#include "validate/child.h"

#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <thread>

#include <catch2/catch.hpp>

using postbell::validate::inChild;
using namespace std::chrono_literals;

TEST_CASE("what happens in a child is told", "[validate]") {
    CHECK(inChild([] {}, 5s).empty());
    CHECK(inChild([] { throw std::runtime_error("a sentence"); }, 5s) == "a sentence");
    CHECK(inChild([] { throw 42; }, 5s) == "it threw something that is no exception");
    CHECK(inChild([] { std::abort(); }, 5s) == "it ended the process (SIGABRT)");
    CHECK(inChild([] { std::_Exit(7); }, 5s) == "it ended the process");
    CHECK(inChild([] { std::this_thread::sleep_for(1h); }, 1s) ==
          "it did not return within 1 seconds");
}

TEST_CASE("a child changes nothing here", "[validate]") {
    int value = 1;
    CHECK(inChild([&] { value = 2; }, 5s).empty());
    CHECK(value == 1);
}
