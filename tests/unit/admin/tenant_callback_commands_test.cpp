// SPDX-License-Identifier: Apache-2.0
#include "admin/tenant_callback_commands.h"

#include <nlohmann/json.hpp>

#include "command_bench.h"
#include "support/doors_bench.h"
#include "util/codec.h"

using namespace postbell;
using namespace postbell::admin;

namespace {

/// With the tenant "contoso", and a backend "tenant_backend" whose route for whole mail servers
/// needs a secret.
struct SecretBench : testing::DoorsBench {
    SecretBench() {
        tenant = store().directory().addTenant("contoso").value().id;
        plugin::PluginContext context = this->context();
        context.directory = POSTBELL_TEST_PLUGINS;
        backends.add(plugin::BackendPlugin::open(
                         section(config::PluginKind::Backend, "tenant_backend"), context),
                     1);
    }
    store::Id tenant = 0;
    TenantCallbackCommands commands{
        {store().directory(), backends, clock(), "https://listener.example.com"}};
    const Called call{commands};
    Json wanted{{"tenant", "contoso"}, {"backend", "tenant_backend"}};
};

}  // namespace

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

TEST_CASE("a backend that needs a secret gets no callback without one", "[row:TENANT-12]") {
    SecretBench bench;
    CHECK(bench.call.refusal("tenant/callback/add", bench.wanted) == 400);
    CHECK(bench.call("tenant/callback/list")["callbacks"].empty());

    bench.wanted["secret"] = util::base64Encode("open sesame");
    const Json added = bench.call("tenant/callback/add", bench.wanted);

    CHECK_THAT(added["url"].get<std::string>(),
               Catch::StartsWith("https://listener.example.com/tenant_backend/"));
    const Json listed = bench.call("tenant/callback/list")["callbacks"];
    REQUIRE(listed.size() == 1);
    CHECK(listed[0]["secret"] == true);
    CHECK(listed[0]["problem"].is_null());
}

TEST_CASE("a callback from before its backend needed a secret is listed with that problem",
          "[row:TENANT-12]") {
    SecretBench bench;
    bench.store().directory().addTenantCallback(
        {bench.tenant, "tenant_backend", util::sha256("token"), "", util::fromMs(1'000)});

    const Json listed = bench.call("tenant/callback/list")["callbacks"];

    REQUIRE(listed.size() == 1);
    CHECK(listed[0]["secret"] == false);
    CHECK_THAT(listed[0]["problem"].get<std::string>(), Catch::Contains("needs a secret now"));
}
