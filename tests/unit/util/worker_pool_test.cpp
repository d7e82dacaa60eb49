// SPDX-License-Identifier: Apache-2.0
#include "util/worker_pool.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <new>
#include <stdexcept>

#include "support/failing_new.h"

// Sanitizers need more address space than the test leaves.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define POSTBELL_SANITIZED
#endif
#endif

using postbell::testing::endOfFailures;
using postbell::testing::failAllocations;
using postbell::util::WorkerPool;

TEST_CASE("a pool does its queued work before it stops") {
    std::atomic<int> done = 0;
    {
        WorkerPool pool(2, 100);
        for (int i = 0; i < 10; ++i) {
            std::function<void()> work = [&done] { ++done; };
            REQUIRE(pool.tryPost(work));
        }
    }
    CHECK(done == 10);
}

#ifndef POSTBELL_SANITIZED
TEST_CASE("a pool that gets only some of its threads ends those and names the missing one") {
    // In a process of its own, which gets no address space for more than a few stacks.
    const pid_t child = ::fork();
    if (child == 0) {
        const rlimit little{400u << 20, 400u << 20};
        ::setrlimit(RLIMIT_AS, &little);
        int code = 1;
        try {
            const WorkerPool pool(1'000, 1, "worker");
        } catch (const std::runtime_error& error) {
            code = std::string(error.what()).starts_with("the thread worker-") ? 0 : 2;
        }
        ::_exit(code);
    }
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
}
#endif

TEST_CASE("wherever memory ends while a pool is made, the threads that it has are ended") {
    for (std::size_t granted = 0;; ++granted) {
        failAllocations(granted, 1);
        try {
            const WorkerPool pool(5, 1, "a name that is longer than the string's own memory");
        } catch (const std::bad_alloc&) {
        }
        if (endOfFailures() == 0) break;
    }
}

TEST_CASE("work that throws does not end its thread") {
    std::atomic<bool> done = false;
    {
        WorkerPool pool(1, 3);
        std::function<void()> throws = [] { throw std::runtime_error("out of memory"); };
        std::function<void()> throws_a_number = [] { throw 42; };
        std::function<void()> works = [&done] { done = true; };
        REQUIRE(pool.tryPost(throws));
        REQUIRE(pool.tryPost(throws_a_number));
        REQUIRE(pool.tryPost(works));
    }
    CHECK(done);
}
