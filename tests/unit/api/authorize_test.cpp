// SPDX-License-Identifier: Apache-2.0
#include "api/calls.h"

#include <nlohmann/json.hpp>

#include <catch2/catch.hpp>

#include "unit/api/api_bench.h"
#include "web/problem.h"

using namespace postbell;
using nlohmann::json;

namespace {

struct Bench : testing::ApiBench {
    api::Parts parts{store().registrations(),
                     store().directory(),
                     seen,
                     backends,
                     providers,
                     managed,
                     clock(),
                     log()};

    /// 0: authorized.
    int refusal(const json& known, const std::string& header) {
        net::Request request;
        if (!header.empty()) request.headers = {{"authorization", header}};
        try {
            api::authorize(parts, request, known["registration_id"].get<std::string>());
        } catch (const web::Problem& problem) {
            return problem.status();
        }
        return 0;
    }
};

}  // namespace

TEST_CASE("a registration's secret opens it, and no other", "[row:API-12]") {
    Bench bench;
    const json known = bench.registered();
    const std::string secret = known["secret"].get<std::string>();
    CHECK(bench.refusal(known, "Bearer " + secret) == 0);
    CHECK(bench.refusal(known, "bearer " + secret) == 0);
    CHECK(bench.refusal(known, "Bearer " + secret + "x") == 401);
    CHECK(bench.refusal(known, "Basic " + secret) == 401);
    CHECK(bench.refusal(known, "") == 401);
    CHECK(bench.refusal({{"registration_id", "r_none"}}, "Bearer " + secret) == 401);
}

TEST_CASE("a call with the right secret is a sign of life of its device") {
    Bench bench;
    const json known = bench.registered();
    const auto calledAt = [&] {
        return bench.store()
            .registrations()
            .findRegistration(known["registration_id"].get<std::string>())
            ->seen.device_at;
    };
    const util::WallTime before = calledAt();
    static_cast<testing::FakeClock&>(bench.clock()).advance(std::chrono::minutes(1));
    CHECK(bench.refusal(known, "Bearer guess") == 401);
    CHECK(calledAt() == before);
    CHECK(bench.refusal(known, "Bearer " + known["secret"].get<std::string>()) == 0);
    CHECK(calledAt() == before + std::chrono::minutes(1));
}
