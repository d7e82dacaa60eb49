// SPDX-License-Identifier: Apache-2.0
#include <csignal>
#include <map>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include "support/store_fixture.h"

using namespace postbell;
using namespace postbell::store;
using Kind = StagedEvent::Kind;

namespace {

struct Told {
    Id registration;
    std::int32_t count;
};

/// Stages growing counts from several threads, and tells through the pipe what was reported
/// durable, until it is killed.
[[noreturn]] void stageForEver(StoreFixture& fixture,
                               const std::vector<Registration>& registrations, int told) {
    fixture.open();
    std::vector<std::thread> threads;
    for (const Registration& r : registrations) {
        threads.emplace_back([&fixture, r, told] {
            for (std::int32_t count = 1;; ++count) {
                if (!fixture.stage({fixture.event(r, Kind::NewMail, count)})) continue;
                const Told line{r.id, count};
                [[maybe_unused]] const ssize_t written = ::write(told, &line, sizeof line);
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    ::_exit(0);
}

}  // namespace

TEST_CASE_METHOD(StoreFixture, "what was reported durable outlives a kill", "[store]") {
    std::vector<Registration> registrations;
    for (int i = 0; i < 4; ++i) registrations.push_back(registered("t" + std::to_string(i), "a"));
    close();
    for (int round = 0; round < 5; ++round) {
        int pipe_ends[2];
        REQUIRE(::pipe(pipe_ends) == 0);
        const pid_t child = ::fork();
        if (child == 0) stageForEver(*this, registrations, pipe_ends[1]);
        ::close(pipe_ends[1]);
        std::map<Id, std::int32_t> told;
        Told line{};
        int lines = 0;
        while (::read(pipe_ends[0], &line, sizeof line) == static_cast<ssize_t>(sizeof line)) {
            told[line.registration] = line.count;
            if (++lines == 100 + 37 * round) ::kill(child, SIGKILL);
        }
        ::close(pipe_ends[0]);
        REQUIRE(::waitpid(child, nullptr, 0) == child);

        open();
        for (const auto& [registration, count] : told)
            CHECK(pending(registration).value().count >= count);
        close();
    }
}
