// SPDX-License-Identifier: Apache-2.0
#include "managed/check_backend.h"

#include <catch2/catch.hpp>

#include "support/fake_managed.h"

using namespace postbell;
using namespace postbell::managed;
using testing::FakeManaged;
using testing::text;

namespace {

std::string check(FakeManaged& bench) {
    return checkBackend(*bench.plugin, HttpSettings(), bench.bench.clock, bench.bench.log);
}

void ends(FakeManaged& bench, std::uint32_t result, const char* problem) {
    bench.script.step = [=](const postbell_response*, postbell_step& out) {
        out.result = result;
        out.problem = text(problem);
        return POSTBELL_OK;
    };
}

}  // namespace

TEST_CASE("a backend that could work gives its advice", "[managed]") {
    FakeManaged bench;
    CHECK(check(bench).empty());
    ends(bench, POSTBELL_STEP_DONE, "the secret ends in a week");
    CHECK(check(bench) == "the secret ends in a week");
}

TEST_CASE("a backend that could not work says why", "[managed]") {
    FakeManaged bench;
    ends(bench, POSTBELL_STEP_REFUSED, "the secret is wrong");
    CHECK_THROWS_WITH(check(bench), "the secret is wrong");
    ends(bench, POSTBELL_STEP_REFUSED, "");
    CHECK_THROWS_AS(check(bench), std::runtime_error);
    CHECK(bench.script.open_tasks == 0);
}
