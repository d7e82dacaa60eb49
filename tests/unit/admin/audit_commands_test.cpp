// SPDX-License-Identifier: Apache-2.0
#include "admin/audit_commands.h"

#include <nlohmann/json.hpp>

#include "command_bench.h"
#include "support/fake_clock.h"
#include "support/store_fixture.h"
#include "web/fields.h"

using namespace postbell;
using namespace postbell::admin;

namespace {

struct Bench : store::StoreFixture {
    Bench() {
        for (const char* what :
             {"tenant/add tenant=acme", "app/set tenant=acme app=a", "tenant/add tenant=acme_2",
              "backup", "credential/remove credential=1 provider=x tenant=acme"}) {
            now.advance(std::chrono::hours(1));
            store().directory().audit("command", what, now.wall());
        }
    }
    std::vector<std::string> changes(const Json& arguments) {
        std::vector<std::string> listed;
        const Json answer = call("audit/list", arguments);
        for (const Json& line : answer["audit"]) listed.push_back(line["change"]);
        return listed;
    }
    testing::FakeClock now;
    AuditCommands commands{store().directory(), now};
    Called call{commands};
};

using Changes = std::vector<std::string>;

}  // namespace

TEST_CASE_METHOD(Bench, "the trail is listed with the newest change first, a part at a time") {
    CHECK(changes(Json::object()).size() == 5);
    const Json two = call("audit/list", {{"limit", 2}});
    REQUIRE(two["audit"].size() == 2);
    CHECK(two["audit"][1]["change"] == "backup");
    CHECK(two["audit"][1]["who"] == "command");
    CHECK(two["audit"][1]["at"].is_string());
    CHECK(changes({{"before", two["next_before"]}}).front() == "tenant/add tenant=acme_2");
}

TEST_CASE_METHOD(Bench, "a tenant's changes are those whose tenant it is, by its whole name") {
    CHECK(changes({{"tenant", "acme"}}) ==
          Changes{"app/set tenant=acme app=a", "tenant/add tenant=acme"});
    CHECK(changes({{"tenant", "acme_2"}}) == Changes{"tenant/add tenant=acme_2"});
    CHECK(changes({{"tenant", "acme%"}}).empty());
}

TEST_CASE_METHOD(Bench, "changes since a time, or since so long ago") {
    const Changes last_two{"credential/remove credential=1 provider=x tenant=acme", "backup"};
    CHECK(changes({{"since", "90m"}}) == last_two);
    CHECK(changes({{"since", web::timeOrNull(now.wall() - std::chrono::minutes(90))}}) == last_two);
    CHECK(call.refusal("audit/list", {{"since", "yesterday"}}) == 400);
    CHECK(call.refusal("audit/list", {{"limit", 0}}) == 400);
    CHECK(call.refusal("audit/list", {{"limit", 1001}}) == 400);
}
