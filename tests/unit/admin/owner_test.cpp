// SPDX-License-Identifier: Apache-2.0
#include "admin/owner.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "support/store_fixture.h"

using namespace postbell;
using namespace postbell::admin;

TEST_CASE("a call's tenant is found by the id of its registration or credential as well") {
    store::StoreFixture fixture;
    const store::Registration registration = fixture.registered("t", "anna");
    store::Credential credential;
    credential.app = fixture.app();
    credential.provider = "apns";
    const store::Id number = fixture.store().credentials().putCredential(credential).id;
    const auto owner = [&](const Json& arguments) {
        return ownerOf(fixture.store().directory(), fixture.store().registrations(),
                       fixture.store().credentials(), arguments);
    };

    CHECK(owner({{"tenant", "contoso"}}) == "contoso");
    CHECK(owner({{"registration", registration.public_id}}) == "acme");
    CHECK(owner({{"credential", std::to_string(number)}}) == "acme");
    for (const Json& none : {Json::object(), Json{{"registration", "r_none"}},
                             Json{{"credential", "99"}}, Json{{"tenant", 7}}})
        CHECK(owner(none).empty());
}
