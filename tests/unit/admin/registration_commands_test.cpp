// SPDX-License-Identifier: Apache-2.0
#include "admin/registration_commands.h"

#include <nlohmann/json.hpp>

#include "command_bench.h"
#include "support/doors_bench.h"

using namespace postbell;
using namespace postbell::admin;

namespace {

struct Bench : testing::DoorsBench {
    RegistrationCommands commands{{store().directory(), store().registrations(), seen, backends}};
    Called call{commands};
};

}  // namespace

TEST_CASE("a registration is listed and shown with its state") {
    Bench bench;
    const store::Registration r = bench.registered("a", "anna");
    const Json shown =
        bench.call("registration/show", {{"registration", r.public_id}})["registration"];
    CHECK(shown["registration_id"] == r.public_id);
    CHECK(shown["state"] == "waiting");
    CHECK(shown["tenant"] == "acme");
    CHECK(shown["environment"] == "production");
    CHECK(shown["backend"].is_null());
    CHECK(shown["managed"].is_null());
    CHECK(shown["account"].is_null());
    CHECK(bench.call("registration/list")["registrations"] == Json::array({shown}));
    CHECK(bench
              .call("registration/list",
                    {{"tenant", "acme"}, {"app", "com.example.mail"}})["registrations"]
              .size() == 1);
    CHECK(bench.call("registration/list", {{"after", r.id}})["registrations"].empty());
    CHECK(bench.call.refusal("registration/list", {{"tenant", "nobody"}}) == 404);
    CHECK(bench.call.refusal("registration/list", {{"after", -1}}) == 400);
}

TEST_CASE("an approved registration is active without a report", "[row:TENANT-4]") {
    Bench bench;
    const store::Registration r = bench.registered("a", "anna");
    const Json approved =
        bench.call("registration/approve", {{"registration", r.public_id}})["registration"];
    CHECK(approved["account"] == "approved");
    CHECK(approved["state"] == "active");
    CHECK(bench.call.refusal("registration/approve", {{"registration", "r_none"}}) == 404);
}

TEST_CASE("a removed registration is erased") {
    Bench bench;
    const store::Registration r = bench.registered("a", "anna");
    for (const Json& filtered : {Json{{"registration", r.public_id}, {"state", "waiting"}},
                                 Json{{"registration", r.public_id}, {"older_than", "1d"}}})
        CHECK(bench.call.refusal("registration/remove", filtered) == 400);
    bench.call("registration/remove", {{"registration", r.public_id}});
    CHECK_FALSE(bench.store().registrations().findRegistration(r.id).has_value());
    CHECK(bench.call.refusal("registration/show", {{"registration", r.public_id}}) == 404);
}

TEST_CASE("registrations of a state are removed when nothing was heard of them for so long") {
    Bench bench;
    bench.registered("a", "anna");
    bench.registered("b", "ben");
    const store::Registration reported = bench.registered("c", "carl");
    store::Report report;
    report.instance = "ews";
    report.id_hash = util::sha256("s");
    report.now = bench.clock().wall();
    bench.store().registrations().report(reported.public_id, report);
    const auto remove = [&](const char* state, const char* age) {
        return bench.call("registration/remove", {{"state", state}, {"older_than", age}});
    };

    CHECK(remove("waiting", "520w")["removed"] == 0);
    for (const Json& wrong :
         {Json::object(), Json{{"state", "waiting"}}, Json{{"older_than", "1d"}},
          Json{{"state", "active"}, {"older_than", "1d"}},
          Json{{"state", "waiting"}, {"older_than", "1y"}}})
        CHECK(bench.call.refusal("registration/remove", wrong) == 400);
    CHECK(bench.call.refusal("registration/remove",
                             {{"state", "waiting"}, {"older_than", "0s"}, {"tenant", "nobody"}}) ==
          404);
    CHECK(remove("waiting", "0s")["removed"] == 2);
    CHECK(bench.store().registrations().findRegistration(reported.id));
}
