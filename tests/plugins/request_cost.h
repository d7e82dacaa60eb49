// SPDX-License-Identifier: Apache-2.0
// What the two calls of every push cost.
#pragma once
#include <chrono>
#include <iostream>

#include "plugins/loaded_provider.h"

namespace postbell::test {

/// Of request() and the outcome of a 200 together, in nanoseconds; prints both.
inline double costOfPush(const testing::PluginInstance& instance,
                         const postbell_credential_file& file, const postbell_push& push,
                         std::int64_t now_ms) {
    constexpr int kRounds = 1'000'000;
    const auto& table = instance.table<postbell_provider_v0>();
    const OpenedCredential credential(instance, file);
    const auto nanoseconds = [](auto&& work) {
        const auto begin = std::chrono::steady_clock::now();
        for (int i = 0; i < kRounds; ++i) work();
        const std::chrono::duration<double, std::nano> took =
            std::chrono::steady_clock::now() - begin;
        return took.count() / kRounds;
    };
    const double request = nanoseconds([&] {
        postbell_http_request out{};
        out.size = sizeof out;
        table.request(instance.self(), credential.get(), &push, now_ms, &out);
    });
    postbell_response response{};
    response.size = sizeof response;
    response.status = 200;
    const double outcome = nanoseconds([&] {
        postbell_outcome out{};
        out.size = sizeof out;
        table.outcome(instance.self(), credential.get(), &push, &response, now_ms, &out);
    });
    std::cout << "request " << request << " ns, outcome " << outcome << " ns\n";
    return request + outcome;
}

}  // namespace postbell::test
