// SPDX-License-Identifier: Apache-2.0
#include "web/registration_state.h"

#include <catch2/catch.hpp>
#include <memory>
#include <nlohmann/json.hpp>

using namespace postbell;

namespace {

nlohmann::json stateOf(const store::Registration& registration, const registry::LifeClock& clock,
                       web::Reader reader = web::Reader::App) {
    return web::registrationState(registration, clock, reader);
}

}  // namespace

TEST_CASE("a registration's state is that of its life cycle, and unset times are null") {
    store::Registration registration;
    registration.app = std::make_shared<const store::App>();
    registration.public_id = "r_1";
    const auto state = stateOf(registration, {util::fromMs(1'000), util::fromMs(1'000)});
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
    const auto state = stateOf(registration, {util::fromMs(1'000), util::fromMs(1'000)});
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
    CHECK(stateOf(registration, {util::fromMs(1'000), util::fromMs(1'000)})["note"] ==
          "the server says no");
    registration.note = "the app's own";
    CHECK(stateOf(registration, {util::fromMs(1'000), util::fromMs(1'000)})["note"] ==
          "the app's own");
}

TEST_CASE("a trouble that is not of the mailbox is named to apps, and told to admins alone") {
    store::Registration registration;
    registration.app = std::make_shared<const store::App>();
    registration.mailbox_state.id = 3;
    registration.mailbox_state.failed_at = util::fromMs(500);
    registration.mailbox_state.refused = true;
    registration.mailbox_state.problem =
        std::string(store::kServerUnusable) + ": cannot open mailbox cfo@example.com";
    const registry::LifeClock clock{util::fromMs(1'000), util::fromMs(1'000)};
    CHECK(stateOf(registration, clock)["note"] == store::kServerUnusable);
    CHECK(stateOf(registration, clock, web::Reader::Admin)["note"] ==
          registration.mailbox_state.problem);
}

TEST_CASE("a registration that hears of other folders alone says so", "[row:FOLDER-3]") {
    store::Registration registration;
    registration.app = std::make_shared<const store::App>();
    registration.folder.other_heard_at = util::fromMs(500);
    const registry::LifeClock clock{util::fromMs(1'000), util::fromMs(1'000)};
    const std::string note = stateOf(registration, clock)["note"];
    CHECK(note.find("other folders than the reported folder_id") != std::string::npos);
    registration.seen.own_folder_at = util::fromMs(600);
    CHECK(stateOf(registration, clock)["note"].is_null());
}

TEST_CASE("a stale registration says which kind of stale it is") {
    const registry::LifeClock clock{util::fromMs(9'000), util::fromMs(1'000),
                                    util::Milliseconds(5'000)};
    store::App app;
    store::Registration registration;
    registration.subscription.id_hash = "id";
    registration.subscription.reported_at = util::fromMs(2'000);
    std::string word;
    SECTION("silent") {
        word = "silent";
    }
    SECTION("ended") {
        registration.subscription.ended_at = util::fromMs(3'000);
        word = "ended";
    }
    SECTION("expired") {
        registration.subscription.expires_at = util::fromMs(3'000);
        word = "not renewed";
    }
    SECTION("the app was turned off") {
        app.enabled_at = util::fromMs(3'000);
        word = "turned off";
    }
    registration.app = std::make_shared<const store::App>(app);
    const auto state = stateOf(registration, clock);
    CHECK(state["state"] == "stale");
    CHECK_THAT(state["note"].get<std::string>(), Catch::Contains(word));
}

TEST_CASE("an app hears that a push had no answer or failed, and an admin hears why") {
    store::Registration registration;
    registration.app = std::make_shared<const store::App>();
    registration.seen.outcome = "no answer: cannot connect to proxy.internal:3128";
    const registry::LifeClock clock{util::fromMs(1'000), util::fromMs(1'000)};
    CHECK(stateOf(registration, clock)["last_outcome"] == "no answer");
    CHECK(stateOf(registration, clock, web::Reader::Admin)["last_outcome"] ==
          registration.seen.outcome);
    registration.seen.outcome = "provider failed: /etc/postbell/app.p8 went away";
    CHECK(stateOf(registration, clock)["last_outcome"] == "provider failed");
    CHECK(stateOf(registration, clock, web::Reader::Admin)["last_outcome"] ==
          registration.seen.outcome);
    registration.seen.outcome = "retry: TooManyRequests";
    CHECK(stateOf(registration, clock)["last_outcome"] == registration.seen.outcome);
}
