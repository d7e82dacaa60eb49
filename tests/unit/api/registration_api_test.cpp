// SPDX-License-Identifier: Apache-2.0
#include "api/registration_api.h"

#include <nlohmann/json.hpp>

#include <catch2/catch.hpp>

#include "unit/api/api_bench.h"

using namespace postbell;
using nlohmann::json;
using Bench = testing::ApiBench;

TEST_CASE("a wrong path, a wrong method and a wrong secret have their own answers",
          "[row:API-12][row:API-19]") {
    Bench bench;
    const json known = bench.registered();
    CHECK(bench.call("GET", Bench::path(known), "guess").status == 401);
    CHECK(bench.call("GET", Bench::path(known), "").status == 401);
    CHECK(bench.call("GET", Bench::path(known) + "/else", "x").status == 404);
    CHECK(bench.call("GET", "x", "x").status == 404);
    const net::Response wrong = bench.call("GET", "", "x");
    CHECK(wrong.status == 405);
    CHECK(wrong.headers.back() == std::pair<std::string, std::string>("allow", "POST"));
    CHECK(bench.call("POST", Bench::path(known), "x").status == 405);
    CHECK(bench.call("GET", Bench::path(known) + "/subscription", "x").status == 405);
}

TEST_CASE("calls of devices are counted by method and status") {
    Bench bench;
    const json known = bench.registered();
    bench.call("GET", Bench::path(known), "guess");
    bench.call("BREW", "", "x");
    const auto counted = [&](const char* method, const char* status) {
        for (const auto& family : bench.registry.Collect()) {
            if (family.name != "postbell_registration_calls_total") continue;
            for (const auto& metric : family.metric)
                if (metric.label[0].value == method && metric.label[1].value == status)
                    return metric.counter.value;
        }
        return 0.0;
    };
    CHECK(counted("POST", "201") == 1);
    CHECK(counted("GET", "401") == 1);
    CHECK(counted("other", "405") == 1);
    CHECK(counted("DELETE", "503") == 0);
}
