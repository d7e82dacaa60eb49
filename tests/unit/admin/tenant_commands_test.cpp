// SPDX-License-Identifier: Apache-2.0
#include "admin/tenant_commands.h"

#include <nlohmann/json.hpp>

#include "command_bench.h"
#include "support/store_fixture.h"

using namespace postbell;
using namespace postbell::admin;

TEST_CASE("a tenant is added once, listed, and removed with its apps") {
    store::StoreFixture fixture;
    std::vector<store::Id> removed;
    TenantCommands commands(fixture.store().directory(),
                            [&](store::Id app) { removed.push_back(app); });
    const Called call(commands);

    CHECK(call("tenant/add", {{"tenant", "contoso"}})["tenant"] == "contoso");
    CHECK(call.refusal("tenant/add", {{"tenant", "contoso"}}) == 409);
    for (const char* wrong : {"", "a b", "a/b"})
        CHECK(call.refusal("tenant/add", {{"tenant", wrong}}) == 400);
    CHECK(call.refusal("tenant/add", Json::object()) == 400);

    const store::Id app = fixture.app();  // of the tenant acme
    const Json listed = call("tenant/list")["tenants"];
    REQUIRE(listed.size() == 2);
    CHECK(listed[0] == Json{{"tenant", "acme"}, {"apps", 1}});
    CHECK(listed[1] == Json{{"tenant", "contoso"}, {"apps", 0}});

    for (const Json& wrong : {Json(nullptr), Json("Acme"), Json("")})
        CHECK(call.refusal("tenant/remove", {{"tenant", "acme"}, {"confirm", wrong}}) == 400);
    CHECK(removed.empty());
    fixture.registered("t", "anna");
    const Json gone = call("tenant/remove", {{"tenant", "acme"}, {"confirm", "acme"}});
    CHECK(gone["removed"] == Json{{"apps", 1}, {"registrations", 1}});
    CHECK(removed == std::vector<store::Id>{app});
    CHECK(call.refusal("tenant/remove", {{"tenant", "acme"}}) == 404);
}
