// SPDX-License-Identifier: Apache-2.0
#include "net/round_budget.h"

#include <time.h>

#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <string>

#include "net/intake.h"

using namespace postbell::net;
using namespace std::chrono_literals;
using Progress = RequestReader::Progress;

namespace {

/// Of this thread: other programs may be busy.
std::chrono::nanoseconds worked() {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

/// How long one connection holds up the others in a round in which it sends `read` again and again,
/// behind `head`.
std::chrono::microseconds roundOf(const std::string& head, const std::string& read) {
    const Limits limits{.body_bytes = 2 * RoundBudget::kMaxBytes};
    Intake intake(limits, std::make_shared<std::atomic<std::size_t>>(0), false);
    intake.add(head);
    REQUIRE(intake.read() == Progress::HeadDone);
    intake.keep();
    RoundBudget budget;
    const auto begun = worked();
    for (; !budget.spent(1); budget.step(1)) {
        intake.add(read);
        REQUIRE(intake.read() == Progress::Body);
        intake.keep();
        intake.countShare();
    }
    return std::chrono::duration_cast<std::chrono::microseconds>(worked() - begun);
}

}  // namespace

TEST_CASE("a connection's share of a round is spent after its steps, and whole in the next round") {
    RoundBudget budget;
    for (unsigned i = 0; i < RoundBudget::kMaxSteps; ++i) {
        CHECK_FALSE(budget.spent(1));
        budget.step(1);
    }
    CHECK(budget.spent(1));
    CHECK_FALSE(budget.spent(2));
}

TEST_CASE("steps bound a round's time as well: the dearest bytes take milliseconds") {
    std::string tiny_chunks;
    while (tiny_chunks.size() + 6 <= RoundBudget::kMaxReadBytes) tiny_chunks += "1\r\nx\r\n";
    const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

    std::chrono::microseconds best = roundOf(head, tiny_chunks);
    for (int i = 0; i < 9; ++i) best = std::min(best, roundOf(head, tiny_chunks));

    CAPTURE(best.count());
    CHECK(RoundBudget::kMaxBytes == 2 * 1024 * 1024);
    CHECK(best < 500ms);  // under the thread sanitizer; 6 ms without
}
