// SPDX-License-Identifier: Apache-2.0
#include "event_folding.h"

#include <catch2/catch.hpp>

#include "notification_reader.h"
#include "sample.h"

using namespace postbell;
using namespace postbell::office365;

namespace {

NotificationItem change(const std::string& type, const std::string& etag = "e") {
    NotificationItem item;
    item.subscription_id = "s";
    item.client_state = "proof";
    item.change_type = type;
    item.resource_id = "mail";
    item.etag = etag;
    return item;
}

NotificationItem lifecycle(const std::string& event) {
    NotificationItem item;
    item.subscription_id = "s";
    item.client_state = "proof";
    item.lifecycle_event = event;
    return item;
}

std::vector<MailKind> kinds(const Notification& notification) {
    std::vector<MailKind> all;
    for (const FoldedEvent& event : foldEvents(notification)) all.push_back(event.kind);
    return all;
}

std::string keyOf(const Notification& notification) {
    const auto events = foldEvents(notification);
    REQUIRE(events.size() == 1);
    return events[0].dedup_key;
}

using Kinds = std::vector<MailKind>;

}  // namespace

TEST_CASE("created is new mail, any other change a changed count", "[office365]") {
    CHECK(kinds({{change("created")}, {}}) == Kinds{MailKind::New});
    CHECK(kinds({{change("Created")}, {}}) == Kinds{MailKind::New});
    CHECK(kinds({{change("updated")}, {}}) == Kinds{MailKind::Count});
    CHECK(kinds({{change("deleted")}, {}}) == Kinds{MailKind::Count});
    CHECK(kinds({{change("moved")}, {}}) == Kinds{MailKind::Count});
}

TEST_CASE("a lifecycle event says what becomes of the subscription", "[office365]") {
    CHECK(kinds({{lifecycle("reauthorizationRequired")}, {}}) == Kinds{MailKind::Renew});
    CHECK(kinds({{lifecycle("subscriptionRemoved")}, {}}) == Kinds{MailKind::Ended});
    CHECK(kinds({{lifecycle("missed")}, {}}) == Kinds{MailKind::Lost});
    CHECK(kinds({{lifecycle("SubscriptionRemoved")}, {}}) == Kinds{MailKind::Ended});
    CHECK(kinds({{lifecycle("somethingNew")}, {}}) == Kinds{MailKind::Heard});
}

TEST_CASE("what one message says of one subscription is one event, the strongest", "[office365]") {
    const Notification notification{{change("updated"), change("created"), change("deleted")}, {}};
    const auto events = foldEvents(notification);  // views into it

    REQUIRE(events.size() == 1);
    CHECK(events[0].kind == MailKind::New);
    CHECK(events[0].subscription == "s");
    CHECK(events[0].proof == "proof");
    CHECK(kinds({{change("updated"), lifecycle("missed")}, {}}) == Kinds{MailKind::Lost});
    CHECK(kinds({{lifecycle("somethingNew"), change("updated")}, {}}) == Kinds{MailKind::Count});
}

TEST_CASE("an end comes last, whatever the order was", "[office365]") {
    CHECK(kinds({{lifecycle("subscriptionRemoved"), change("created"),
                  lifecycle("reauthorizationRequired")},
                 {}}) == Kinds{MailKind::New, MailKind::Renew, MailKind::Ended});
}

TEST_CASE("another clientState is another event, so that a wrong one spoils nothing",
          "[office365]") {
    NotificationItem wrong = change("created");
    wrong.client_state = "guess";
    const Notification notification{{wrong, change("updated")}, {}};
    const auto events = foldEvents(notification);

    REQUIRE(events.size() == 2);
    CHECK(events[0].proof == "guess");
    CHECK(events[1].kind == MailKind::Count);
    CHECK(events[1].proof == "proof");
}

TEST_CASE("an item without a subscription is for nobody", "[office365]") {
    NotificationItem nameless = change("created");
    nameless.subscription_id.clear();
    CHECK(foldEvents({{nameless}, {}}).empty());
    CHECK(foldEvents({}).empty());
}

TEST_CASE("a repeated message has the same key, the next change another", "[office365]") {
    CHECK(keyOf({{change("created", "1")}, {}}) == keyOf({{change("created", "1")}, {}}));
    CHECK(keyOf({{change("updated", "1")}, {}}) != keyOf({{change("updated", "2")}, {}}));
    CHECK(keyOf({{change("created", "1")}, {}}) != keyOf({{change("updated", "1")}, {}}));
    CHECK(keyOf({{change("updated", "1"), change("updated", "2")}, {}}) !=
          keyOf({{change("updated", "2")}, {}}));
    CHECK(keyOf({{change("created")}, {}}).size() <= 512);
}

TEST_CASE("changes that cannot be told from the next ones have no key", "[office365]") {
    CHECK(keyOf({{change("updated", "")}, {}}).empty());
    CHECK(keyOf({{change("updated", "1"), change("updated", "")}, {}}).empty());
    NotificationItem numbered = change("updated", "");
    numbered.id = "n1";
    CHECK_FALSE(keyOf({{numbered}, {}}).empty());
}

TEST_CASE("each recorded message means what its documentation says", "[office365]") {
    struct Row {
        std::string name;
        Kinds kinds;
    };
    const std::vector<Row> rows = {
        {"cn-01-message-created", {MailKind::New}},
        {"cn-02-outlook-basic", {MailKind::New}},
        {"cn-03-outlook-rich", {MailKind::New}},
        {"cn-05-two-tenants", {MailKind::New, MailKind::New}},
        {"cn-06-rich-chatmessage", {MailKind::New}},
        {"lc-01-structure", {MailKind::Heard}},
        {"lc-02-subscriptionRemoved", {MailKind::Ended}},
        {"lc-03-missed", {MailKind::Lost}},
        {"lc-04-reauthorizationRequired", {MailKind::Renew}},
        {"lc-05-reauthorizationRequired-real-2026", {MailKind::Renew}},
        {"lc-06-reauthorizationRequired-real-2024", {MailKind::Renew}},
        {"lc-07-with-validationTokens", {MailKind::Renew}},
        {"drv-01-batch-three-subscriptions", {MailKind::New, MailKind::Count, MailKind::Count}},
        {"drv-02-clientstate-mismatch", {MailKind::New, MailKind::New}},
        {"drv-03-clientstate-missing", {MailKind::New}},
        {"drv-04-lifecycle-batch", {MailKind::Renew, MailKind::Ended, MailKind::Lost}},
        {"drv-05-unknown-lifecycle", {MailKind::Heard}},
        {"drv-06-empty-value", {}},
        {"drv-08-duplicate-delivery", {MailKind::New}},
    };
    for (const Row& row : rows) {
        INFO(row.name);
        const auto result = readNotification(sample(row.name));
        REQUIRE(std::holds_alternative<Notification>(result));
        CHECK(kinds(std::get<Notification>(result)) == row.kinds);
    }
}
