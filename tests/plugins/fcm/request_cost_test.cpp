// SPDX-License-Identifier: Apache-2.0
// What the two calls of every push cost; run by hand in a release build: test_fcm "[cost]".
#include <catch2/catch.hpp>

#include <chrono>
#include <iostream>

#include "loaded_fcm.h"

using namespace postbell;
using namespace postbell::fcm::testing;

TEST_CASE("a request and its outcome cost less than two microseconds", "[.][cost]") {
    constexpr int kRounds = 1'000'000;
    const postbell::testing::FakeHost host;
    const postbell::testing::PluginInstance instance(loadedFcm(), host);
    const auto& table = instance.table<postbell_provider_v0>();
    const OpenedCredential credential(instance, fileOf(accountJson().dump()));
    const postbell_push push = samplePush();
    postbell_response response{};
    response.size = sizeof response;
    response.status = 200;
    const auto nanoseconds = [&](auto&& work) {
        const auto begin = std::chrono::steady_clock::now();
        for (int i = 0; i < kRounds; ++i) work();
        const std::chrono::duration<double, std::nano> took =
            std::chrono::steady_clock::now() - begin;
        return took.count() / kRounds;
    };

    const double request = nanoseconds([&] {
        postbell_http_request out{};
        out.size = sizeof out;
        table.request(instance.self(), credential.get(), &push, kNow, &out);
    });
    const double delivered = nanoseconds([&] {
        postbell_outcome out{};
        out.size = sizeof out;
        table.outcome(instance.self(), credential.get(), &push, &response, kNow, &out);
    });

    std::cout << "request " << request << " ns, outcome 200 " << delivered << " ns\n";
    CHECK(request + delivered < 2'000);
}
