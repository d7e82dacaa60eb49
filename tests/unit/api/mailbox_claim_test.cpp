// SPDX-License-Identifier: Apache-2.0
#include "api/mailbox_claim.h"

#include <nlohmann/json.hpp>

#include <catch2/catch.hpp>

#include "support/fake_managed.h"
#include "unit/api/api_bench.h"
#include "web/problem.h"

using namespace postbell;
using nlohmann::json;
using testing::text;

namespace {

/// The instance "mail" takes grants, the instance "ews" takes none.
struct Bench : testing::ApiBench {
    Bench() {
        config::PluginSection another = section(config::PluginKind::Backend, "ews");
        another.instance = "mail";
        backends.add(plugin::BackendPlugin::open(another, context()), 1);
        managed.add(*claims.plugin);
        managed.start();
    }
    ~Bench() { managed.stop(); }

    void answers(std::uint32_t result, const char* words) {
        claims.script.step = [=](const postbell_response*, postbell_step& out) {
            out.result = result;
            (result == POSTBELL_STEP_DONE ? out.mailbox : out.problem) = text(words);
            return POSTBELL_OK;
        };
    }
    std::optional<api::ClaimedMailbox> claim(const json& grants) {
        return api::claimMailbox(parts, {{"grants", grants}});
    }
    std::pair<int, std::string> refusal(const json& grants) {
        try {
            claim(grants);
        } catch (const web::Problem& problem) {
            return {problem.status(), problem.what()};
        }
        return {0, ""};
    }

    testing::FakeManaged claims;
    api::Parts parts{store().registrations(),
                     store().directory(),
                     seen,
                     backends,
                     providers,
                     managed,
                     clock(),
                     log()};
};

const json kGrant = {{"mail", {{"id_token", "token"}}}};

}  // namespace

TEST_CASE("a grant leads to the mailbox that the backend proves with it", "[row:MANAGED-1]") {
    Bench bench;
    bench.answers(POSTBELL_STEP_DONE, "anna");
    const auto claimed = bench.claim(kGrant);
    REQUIRE(claimed);
    CHECK(claimed->instance == "mail");
    CHECK(claimed->mailbox == "anna");
}

TEST_CASE("without a grant no mailbox is claimed") {
    Bench bench;
    CHECK_FALSE(bench.claim(nullptr));
    CHECK_FALSE(bench.claim(json::object()));
}

TEST_CASE("a grant that proves nothing is 403, one that cannot be checked now 503") {
    Bench bench;
    bench.answers(POSTBELL_STEP_REFUSED, "the token is another tenant's");
    CHECK(bench.refusal(kGrant).first == 403);
    CHECK_THAT(bench.refusal(kGrant).second, Catch::Contains("the token is another tenant's"));
    bench.answers(POSTBELL_STEP_RETRY, "no keys yet");
    CHECK(bench.refusal(kGrant).first == 503);
}

TEST_CASE("grants that name no instance that takes one are 400", "[row:MANAGED-7]") {
    Bench bench;
    CHECK(bench.refusal("all").first == 400);
    CHECK(bench.refusal({{"none", json::object()}}).first == 400);
    CHECK(bench.refusal({{"ews", json::object()}}).first == 400);
    CHECK(bench.refusal({{"mail", 1}}).first == 400);
    CHECK(bench.refusal({{"mail", json::object()}, {"ews", json::object()}}).first == 400);
    CHECK(bench.refusal({{"mail", {{"id_token", std::string(20'000, 'x')}}}}).first == 400);
}
