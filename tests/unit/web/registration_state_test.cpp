// SPDX-License-Identifier: Apache-2.0
#include "web/registration_state.h"

#include <catch2/catch.hpp>
#include <memory>
#include <nlohmann/json.hpp>

using namespace postbell;

TEST_CASE("a registration's state is that of its life cycle, and what never happened is null") {
    store::Registration registration;
    registration.app = std::make_shared<const store::App>();
    registration.public_id = "r_1";
    const auto state =
        web::registrationState(registration, {util::fromMs(1'000), util::fromMs(1'000)});
    CHECK(state["registration_id"] == "r_1");
    CHECK(state["state"] == "waiting");
    CHECK(state["action"] == "subscribe");
    CHECK(state["note"].is_null());
    CHECK(state["last_push_at"].is_null());
}

TEST_CASE("a registration whose account is approved needs no report", "[row:TENANT-4]") {
    store::Registration registration;
    registration.app = std::make_shared<const store::App>();
    registration.account_proof = store::AccountProof::Approved;
    const auto state =
        web::registrationState(registration, {util::fromMs(1'000), util::fromMs(1'000)});
    CHECK(state["state"] == "active");
    CHECK(state["action"] == "none");
}

TEST_CASE("a stale registration of a managed mailbox says why the gateway cannot subscribe") {
    store::Registration registration;
    registration.app = std::make_shared<const store::App>();
    registration.mailbox_state.id = 3;
    registration.mailbox_state.failed_at = util::fromMs(500);
    registration.mailbox_state.refused = true;
    registration.mailbox_state.problem = "the server says no";
    CHECK(
        web::registrationState(registration, {util::fromMs(1'000), util::fromMs(1'000)})["note"] ==
        "the server says no");
    registration.note = "the app's own";
    CHECK(web::registrationState(
              registration, {util::fromMs(1'000), util::fromMs(1'000)})["note"] == "the app's own");
}

TEST_CASE("a registration that hears of other folders alone says so", "[row:FOLDER-3]") {
    store::Registration registration;
    registration.app = std::make_shared<const store::App>();
    registration.folder.other_heard_at = util::fromMs(500);
    const registry::LifeClock clock{util::fromMs(1'000), util::fromMs(1'000)};
    const std::string note = web::registrationState(registration, clock)["note"];
    CHECK(note.find("other folders than the reported folder_id") != std::string::npos);
    registration.seen.own_folder_at = util::fromMs(600);
    CHECK(web::registrationState(registration, clock)["note"].is_null());
}
