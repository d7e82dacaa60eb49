// SPDX-License-Identifier: Apache-2.0
#include "plugin/repeat_gate.h"

#include <chrono>
#include <string>

#include <catch2/catch.hpp>

using namespace postbell;
using namespace std::chrono_literals;

TEST_CASE("a sentence is told once a minute", "[plugin]") {
    plugin::RepeatGate gate;
    const util::SteadyTime start{1h};

    CHECK(gate.admits("one", start));
    CHECK_FALSE(gate.admits("one", start + 59s));
    CHECK(gate.admits("two", start + 59s));
    CHECK(gate.admits("one", start + 60s));
    CHECK_FALSE(gate.admits("one", start + 119s));
}

TEST_CASE("sentences without end take neither memory nor the log", "[plugin]") {
    plugin::RepeatGate gate;
    const util::SteadyTime start{1h};
    std::size_t told = 0;

    for (int i = 0; i < 10'000; ++i) told += gate.admits(std::to_string(i), start) ? 1 : 0;
    CHECK(told == plugin::RepeatGate::kMaxSentences);
    CHECK(gate.admits("a minute later", start + 60s));
}
