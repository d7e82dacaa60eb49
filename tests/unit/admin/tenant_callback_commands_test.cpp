// SPDX-License-Identifier: Apache-2.0
#include "admin/tenant_callback_commands.h"

#include <nlohmann/json.hpp>

#include "command_bench.h"
#include "support/doors_bench.h"

using namespace postbell;
using namespace postbell::admin;

TEST_CASE("a tenant's callback needs a backend that whole mail servers notify") {
    testing::DoorsBench bench;
    bench.store().directory().addTenant("contoso");
    TenantCallbackCommands commands(
        {bench.store().directory(), bench.backends, bench.clock(), "https://listener.example.com"});
    const Called call(commands);
    const auto refusal = [&](const char* tenant, const char* backend) {
        return call.refusal("tenant/callback/add", {{"tenant", tenant}, {"backend", backend}});
    };
    CHECK(refusal("nobody", "ews") == 404);
    CHECK(refusal("contoso", "domino") == 400);
    CHECK(refusal("contoso", "ews") == 400);
    CHECK(call("tenant/callback/list")["callbacks"].empty());
}

TEST_CASE("callbacks are listed without their URL, and removed by number where there are several") {
    testing::DoorsBench bench;
    const store::Id tenant = bench.store().directory().addTenant("contoso").value().id;
    TenantCallbackCommands commands(
        {bench.store().directory(), bench.backends, bench.clock(), "https://listener.example.com"});
    const Called call(commands);
    for (const char* token : {"one", "two"})
        bench.store().directory().addTenantCallback(
            {tenant, "dovecot", util::sha256(token), "secret", util::fromMs(1'000)});

    const Json listed = call("tenant/callback/list", {{"tenant", "contoso"}})["callbacks"];
    REQUIRE(listed.size() == 2);
    CHECK(listed[0]["backend"] == "dovecot");
    CHECK(listed[0]["secret"] == true);
    CHECK_FALSE(listed[0].contains("url"));
    CHECK(listed[0]["problem"] == "the backend serves no such callback now");

    Json which{{"tenant", "contoso"}, {"backend", "dovecot"}};
    CHECK(call.refusal("tenant/callback/remove", which) == 409);
    which["callback"] = listed[0]["callback"];
    call("tenant/callback/remove", which);
    CHECK(call.refusal("tenant/callback/remove", which) == 404);
    CHECK_FALSE(bench.store().events().findCallback(util::sha256("one")).has_value());
    CHECK(bench.store().events().findCallback(util::sha256("two")).has_value());
}
