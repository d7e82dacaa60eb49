// SPDX-License-Identifier: Apache-2.0
#include "backend/addressee.h"

#include <catch2/catch.hpp>

#include "unit/backend/staging_bench.h"

using namespace postbell;
using namespace postbell::testing;
using backend::addresseeOf;
using backend::RouteTable;

namespace {

const RouteTable::Match kBoth{RouteTable::Chosen{1, false, false},
                              RouteTable::Chosen{2, false, false}};

std::optional<store::Callback> registration() {
    return store::Callback{"", store::RegistrationCallback{recipient()}};
}

std::optional<store::Callback> managed() {
    store::MailboxCallback of;
    of.mailbox = 3;
    of.subscription_hash = "hash";
    of.served = {recipient()};
    return store::Callback{"", std::move(of)};
}

std::optional<store::Callback> server() {
    store::ServerCallback of;
    of.callback.instance = "ews";
    of.secret = "secret";
    return store::Callback{"", std::move(of)};
}

}  // namespace

TEST_CASE("a registration's callback takes its route, a whole server's the other") {
    const auto of_registration = registration(), of_server = server();
    const auto to = addresseeOf(of_registration, kBoth, "ews");
    CHECK(to.route.index == 1);
    REQUIRE(to.recipient != nullptr);
    CHECK(to.recipient->id == 7);
    CHECK(to.secret.empty());

    const auto whole = addresseeOf(of_server, kBoth, "ews");
    CHECK(whole.route.index == 2);
    CHECK(whole.callback == &*of_server);
    CHECK(whole.recipient == nullptr);
    CHECK(whole.secret == "secret");
}

TEST_CASE("an unknown token reaches the plugin, by the route that there is", "[row:SUBID-8]") {
    const RouteTable::Match tenant_only{std::nullopt, RouteTable::Chosen{2, false, false}};
    CHECK(addresseeOf(std::nullopt, kBoth, "ews").callback == nullptr);
    CHECK(addresseeOf(std::nullopt, kBoth, "ews").route.index == 1);
    CHECK(addresseeOf(std::nullopt, tenant_only, "ews").route.index == 2);
    CHECK(addresseeOf(registration(), tenant_only, "ews").callback == nullptr);
}

TEST_CASE("a callback without a secret is unknown on a route that needs one", "[row:TENANT-8]") {
    const RouteTable::Match with_secret{std::nullopt, RouteTable::Chosen{2, false, true}};
    auto found = server();
    CHECK(addresseeOf(found, with_secret, "ews").callback == &*found);
    std::get<store::ServerCallback>(found->of).secret.clear();
    CHECK(addresseeOf(found, with_secret, "ews").callback == nullptr);
    CHECK(addresseeOf(found, with_secret, "ews").route.index == 2);
}

TEST_CASE("a callback speaks on its own instance alone", "[row:CALLBACK-1][row:TENANT-6]") {
    for (const auto& found : {registration(), managed(), server()}) {
        CHECK(addresseeOf(found, kBoth, "other").callback == nullptr);
        CHECK(addresseeOf(found, kBoth, "ews").callback == &*found);
    }
    auto unreported = recipient();
    unreported.subscription = {};
    const std::optional<store::Callback> found =
        store::Callback{"", store::RegistrationCallback{unreported}};
    CHECK(addresseeOf(found, kBoth, "other").callback == &*found);
}
