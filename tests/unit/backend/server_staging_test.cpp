// SPDX-License-Identifier: Apache-2.0
#include "backend/server_staging.h"

#include <catch2/catch.hpp>

#include "registry/keys.h"
#include "store/records/reach.h"
#include "unit/backend/staging_bench.h"

using namespace postbell;
using namespace postbell::testing;
using backend::Acceptance;
using backend::MailKind;

namespace {

backend::MailEvent named(MailKind kind, std::string_view account,
                         std::optional<std::int32_t> unread = {}) {
    backend::MailEvent event = mail(kind, {}, unread);
    event.account = account;
    return event;
}

struct Server {
    Server() {
        callback.callback.tenant = 5;
        callback.callback.instance = "ews";
        callback.tenant_hash_key = "key";
    }
    Acceptance stage(const backend::MailEvent& event) { return staging.stage(event, staged); }

    store::ServerCallback callback;
    FakeEvents events;
    const registry::LifeClock clock = lifeClock();
    backend::ServerStaging staging{callback, clock, events};
    backend::Staged staged;
};

}  // namespace

TEST_CASE("on a whole server's callback an event is for all that reported its subscription",
          "[row:TENANT-1]") {
    Server server;
    server.events.reported = recipients(3);
    server.events.reported[1].device_dead_at = kNow;

    CHECK(server.stage(mail(MailKind::NewMail, "reported", 3, "inbox")) == Acceptance::Accepted);

    CHECK(server.events.asked_id == util::sha256("reported"));
    REQUIRE(server.staged.writes.events.size() == 2);
    CHECK(server.staged.writes.events[0].registration == 1);
    CHECK(server.staged.writes.events[1].registration == 3);
    CHECK(server.staged.writes.events[1].count == 3);
    CHECK(server.staging.recipients(20).size() == 2);
    CHECK(server.staging.recipients(1).size() == 1);
    CHECK(server.stage(mail(MailKind::Ended, "reported")) == Acceptance::Accepted);
    CHECK(server.staged.writes.changes.size() == 2);
}

TEST_CASE("on a whole server's callback an account is hashed as apps hash it", "[row:TENANT-2]") {
    Server server;
    server.events.proven = recipients(1);
    server.events.proven[0].subscription = {};

    CHECK(server.stage(named(MailKind::NewMail, " Anna@Example.com", 3)) == Acceptance::Accepted);

    CHECK(server.events.asked_account ==
          registry::accountKey("key", registry::accountHash("anna@example.com")));
    REQUIRE(server.staged.writes.events.size() == 1);
    CHECK(server.staged.writes.events[0].count == 3);
    CHECK(server.staged.heard == std::vector<store::Heard>{{1}});
    // An account has no subscription that could end.
    CHECK(server.stage(named(MailKind::Ended, " Anna@Example.com")) == Acceptance::Accepted);
    CHECK(server.staged.writes.changes.empty());
}

TEST_CASE("on a whole server's callback an event names a subscription or an account, not both") {
    Server server;
    CHECK(server.stage(mail(MailKind::NewMail)) == Acceptance::Malformed);
    auto both = named(MailKind::NewMail, "anna@example.com");
    both.subscription = "reported";
    CHECK(server.stage(both) == Acceptance::Malformed);
    CHECK(server.events.questions == 0);
}

TEST_CASE("an event for no registration is normal on a whole server's callback") {
    Server server;
    CHECK(server.stage(mail(MailKind::NewMail, "unknown")) == Acceptance::Nobody);
    CHECK(server.stage(named(MailKind::NewMail, "nobody@example.com")) == Acceptance::Nobody);
    CHECK(server.staged.tally.nobody == 2);
}

TEST_CASE("the store is asked once for each name in a message", "[row:TENANT-7]") {
    Server server;
    server.events.proven = recipients(1);
    for (int i = 0; i < 10'000; ++i) {
        server.stage(mail(MailKind::NewMail, "unknown"));
        server.stage(named(MailKind::NewMail, "anna@example.com"));
    }
    CHECK(server.events.questions == 2);
    CHECK(server.staged.writes.events.size() == 10'000);
}

TEST_CASE("a message reaches ten thousand registrations, and says that it left some out",
          "[row:TENANT-7]") {
    Server server;
    server.events.proven = recipients(999);
    for (int i = 0; i < 11; ++i)
        CHECK(server.stage(named(MailKind::NewMail, "user" + std::to_string(i))) ==
              Acceptance::Accepted);
    CHECK(server.staged.writes.events.size() == 10'000);
    CHECK(server.staged.tally.left_out);
}

TEST_CASE("a crowd that registers for one subscription crowds out no other", "[row:TENANT-7]") {
    Server server;
    server.events.reported = recipients(999);
    for (int i = 0; i < 20; ++i) server.stage(mail(MailKind::NewMail, "reported"));
    CHECK(server.staged.tally.left_out);
    const std::size_t crowd = server.staged.writes.events.size();
    CHECK(crowd < 4'000);
    CHECK(server.staged.writes.events.back().registration == 1);  // one is reached by each event

    server.events.proven = recipients(1);
    server.stage(named(MailKind::NewMail, "anna@example.com"));
    CHECK(server.staged.writes.events.size() == crowd + 1);
}

TEST_CASE("an event reaches a thousand registrations, and says that it left some out",
          "[row:TENANT-7]") {
    Server server;
    server.events.proven = recipients(store::kMaxRecipients);
    CHECK(server.stage(named(MailKind::Heard, "anna@example.com")) == Acceptance::Accepted);
    CHECK(server.staged.heard.size() == store::kMaxRecipients);
    CHECK(server.staged.tally.left_out);
}

TEST_CASE("ten thousand names of crowds cost as many questions as the reach of one message",
          "[row:TENANT-7]") {
    Server server;
    server.events.reported = recipients(store::kMaxRecipients);
    SECTION("of which all are served") {}
    SECTION("of which none is served") {
        for (store::Recipient& r : server.events.reported) r.device_dead_at = kNow;
    }
    for (int i = 0; i < 10'000; ++i) {
        const std::string id = "crowd " + std::to_string(i);
        for (store::Recipient& r : server.events.reported)
            r.subscription.id_hash = util::sha256(id);
        server.stage(mail(MailKind::NewMail, id));
        if (i > 20) server.events.reported.clear();
    }
    CHECK(server.events.questions == 10);
    CHECK(server.staged.writes.events.size() <= 10'000);
    CHECK(server.staged.tally.left_out);
}

TEST_CASE("a message asks the store for two thousand names, whether they are known or not",
          "[row:TENANT-7]") {
    Server server;
    for (int i = 0; i < 10'000; ++i)
        server.stage(named(MailKind::NewMail, "nobody" + std::to_string(i) + "@example.com"));
    CHECK(server.events.questions == 2'000);
    CHECK(server.staged.tally.left_out);
}
