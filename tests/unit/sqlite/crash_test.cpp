// SPDX-License-Identifier: Apache-2.0
#include <csignal>
#include <map>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include "support/store_fixture.h"

using namespace postbell;
using namespace postbell::sqlite;
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

TEST_CASE_METHOD(StoreFixture, "what was reported durable outlives a kill", "[sqlite]") {
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

TEST_CASE_METHOD(StoreFixture, "a torn log holds whole commits, from the first on", "[sqlite]") {
    const Registration a = registered("t1", "a");
    const Registration b = registered("t2", "b");
    close();
    open();  // begins a new log
    for (std::int32_t count = 1; count <= 20; ++count) {
        REQUIRE(stage({event(a, Kind::NewMail, count), event(b, Kind::NewMail, count)}));
    }
    const std::filesystem::path copy = directory().path() / "copy.db";
    const std::string log_file = file().string() + "-wal";
    const std::string log_copy = copy.string() + "-wal";
    const std::uintmax_t size = std::filesystem::file_size(log_file);

    std::int32_t before = 0;
    for (std::uintmax_t length = 0; length <= size; length += size / 23) {
        for (const char* suffix : {"", "-wal", "-shm", ".lock"})
            std::filesystem::remove(copy.string() + suffix);
        std::filesystem::copy_file(file(), copy);
        std::filesystem::copy_file(log_file, log_copy);
        std::filesystem::resize_file(log_copy, length);

        const auto torn =
            openStore(StoreLock::tryAcquire(copy).value(), Sealer(testKey()), clock(), log());
        std::int32_t counts[2] = {0, 0};
        torn->events().eachPending(
            [&](const Pending& row) { counts[row.registration == b.id] = row.count; });
        CHECK(counts[0] == counts[1]);
        CHECK(counts[0] >= before);
        before = counts[0];
    }
    CHECK(before >= 18);
}
