// SPDX-License-Identifier: Apache-2.0
#include "log/repeat_gate.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <string>

using namespace postbell;
using namespace std::chrono_literals;

namespace {

constexpr util::SteadyTime kStart{1h};

}  // namespace

TEST_CASE("a sentence is admitted once a minute") {
    log::RepeatGate gate;

    CHECK(gate.admit("kind", "one", kStart));
    CHECK_FALSE(gate.admit("kind", "one", kStart + 59s));
    CHECK(gate.admit("kind", "two", kStart + 59s));
    CHECK(gate.admit("kind", "one", kStart + 60s));
    CHECK_FALSE(gate.admit("kind", "one", kStart + 119s));
}

TEST_CASE("sentences without end take neither memory nor the log") {
    log::RepeatGate gate;
    std::size_t admitted = 0;

    for (int i = 0; i < 10'000; ++i)
        admitted += gate.admit("kind", std::to_string(i), kStart) ? 1 : 0;
    CHECK(admitted == log::RepeatGate::kMaxSentences);
    CHECK(gate.admit("kind", "a minute later", kStart + 60s));
}

TEST_CASE("a flood of one kind hides no line of another") {
    log::RepeatGate gate;
    for (int i = 0; i < 10'000; ++i) gate.admit("flood", std::to_string(i), kStart);

    CHECK(gate.admit("other", "", kStart) == 0U);
    CHECK(gate.admit("another", "0", kStart) == 0U);
}

TEST_CASE("suppressed lines are counted for each kind, until its next line") {
    log::RepeatGate gate;
    CHECK(gate.admit("kind", "one", kStart) == 0U);
    CHECK(gate.admit("other", "one", kStart) == 0U);
    for (int i = 0; i < 7; ++i) gate.admit("kind", "one", kStart);

    CHECK(gate.admit("other", "one", kStart + 60s) == 0U);
    CHECK(gate.admit("kind", "one", kStart + 60s) == 7U);
    CHECK(gate.admit("kind", "two", kStart + 60s) == 0U);
}
