// SPDX-License-Identifier: Apache-2.0
#include "notification_reader.h"

#include <catch2/catch.hpp>

#include "sample.h"

using namespace postbell::office365;

namespace {

Notification read(const std::string& body) {
    const auto result = readNotification(body);
    REQUIRE(std::holds_alternative<Notification>(result));
    return std::get<Notification>(result);
}

Refusal refusal(const std::string& body) {
    const auto result = readNotification(body);
    REQUIRE(std::holds_alternative<Refusal>(result));
    return std::get<Refusal>(result);
}

}  // namespace

TEST_CASE("every member that is of use is read", "[office365]") {
    const auto notification = read(sample("cn-01-message-created"));

    REQUIRE(notification.items.size() == 1);
    const NotificationItem& item = notification.items[0];
    CHECK(item.subscription_id == "{subscription_guid}");
    CHECK(item.client_state == "secretClientValue");
    CHECK(item.change_type == "created");
    CHECK(item.lifecycle_event.empty());
    CHECK(item.id == "lsgTZMr9KwAAA");
    CHECK(item.resource_id == "{long_id_string}");
    CHECK(item.etag == "W/\"CQAAABYAAADkrWGo7bouTKlsgTZMr9KwAAAUWRHf\"");
    CHECK_FALSE(item.has_content);
}

TEST_CASE("both spellings of a resource mean the same", "[office365]") {
    const auto slashes = read(sample("cn-02-outlook-basic"));
    const auto quotes = read(sample("cn-03-outlook-rich"));

    CHECK(slashes.items.at(0).change_type == quotes.items.at(0).change_type);
    CHECK(quotes.items.at(0).resource_id == "AAMkAGUwNjQ4ZjIxLTQ3Y2Y8AAA=");
}

TEST_CASE("encrypted content is recognised and skipped", "[office365]") {
    const auto notification = read(sample("cn-03-outlook-rich"));

    CHECK(notification.items.at(0).has_content);
    CHECK(notification.validation_tokens == std::vector<std::string>{"<<--ValidationTokens-->>"});
    CHECK(read(sample("cn-06-rich-chatmessage")).items.at(0).has_content);
}

TEST_CASE("a batch mixes subscriptions and tenants", "[office365]") {
    const auto notification = read(sample("drv-01-batch-three-subscriptions"));

    REQUIRE(notification.items.size() == 3);
    CHECK(notification.items[0].subscription_id == "00000001-0000-4000-8000-000000000001");
    CHECK(notification.items[2].subscription_id == "00000003-0000-4000-8000-000000000003");
    CHECK(notification.items[1].change_type == "updated");
    CHECK(read(sample("cn-05-two-tenants")).items.size() == 2);
}

TEST_CASE("a lifecycle event is read as documented and as captured", "[office365]") {
    const auto name =
        GENERATE(as<std::string>(), "lc-04-reauthorizationRequired",
                 "lc-05-reauthorizationRequired-real-2026",
                 "lc-06-reauthorizationRequired-real-2024", "lc-07-with-validationTokens");
    INFO(name);
    const auto notification = read(sample(name));

    REQUIRE(notification.items.size() == 1);
    CHECK(notification.items[0].lifecycle_event == "reauthorizationRequired");
    CHECK_FALSE(notification.items[0].subscription_id.empty());
    CHECK(notification.items[0].change_type.empty());
    CHECK_FALSE(notification.items[0].has_content);
}

TEST_CASE("null is as good as a member that is not there", "[office365]") {
    const auto notification = read(
        R"({"value": [{"subscriptionId": "s", "clientState": null, "changeType": null,
            "lifecycleEvent": null, "id": null, "resource": null, "resourceData": null,
            "encryptedContent": null, "tenantId": null}], "validationTokens": null})");

    CHECK(notification.items.at(0).subscription_id == "s");
    CHECK(notification.items.at(0).client_state.empty());
    CHECK_FALSE(notification.items.at(0).has_content);
    CHECK(notification.validation_tokens.empty());
}

TEST_CASE("what is new to us is skipped, whatever its shape", "[office365]") {
    const auto notification = read(
        R"({"@odata.context": {"value": [{"subscriptionId": "inner"}]}, "count": 1e3, "value": [
            {"new": [1, [2, {"subscriptionId": "inner"}]], "subscriptionId": "s", "id": 7,
             "resourceData": {"id": ["x"], "deep": {"id": "inner"}, "@odata.etag": 1},
             "encryptedContent": "text", "more": {"changeType": "created"}}, {}],
            "validationTokens": "text", "last": true})");

    REQUIRE(notification.items.size() == 2);
    CHECK(notification.items[0].subscription_id == "s");
    CHECK(notification.items[0].change_type.empty());
    CHECK(notification.items[0].resource_id.empty());
    CHECK(notification.items[0].etag.empty());
    CHECK_FALSE(notification.items[0].has_content);
    CHECK(notification.validation_tokens.empty());
}

TEST_CASE("an empty collection is a notification, and a byte order mark is skipped",
          "[office365]") {
    CHECK(read(sample("drv-06-empty-value")).items.empty());
    CHECK(read("\xEF\xBB\xBF{\"value\": []}").items.empty());
}

TEST_CASE("what is JSON but no collection of notifications is refused", "[office365]") {
    const auto body = GENERATE(
        as<std::string>(), "{}", "[]", "null", "7", "\"value\"", R"({"value": null})",
        R"({"value": {}})", R"({"value": "x"})", R"({"value": 1})", R"({"value": [1]})",
        R"({"value": [null]})", R"({"value": ["x"]})", R"({"value": [[]]})",
        R"({"value": [{"subscriptionId": 1}]})", R"({"value": [{"clientState": {}}]})",
        R"({"value": [{"changeType": ["created"]}]})", R"({"value": [{"lifecycleEvent": true}]})");
    INFO(body);
    CHECK(refusal(body) == Refusal::Unexpected);
    CHECK(refusal(sample("drv-07-not-a-collection")) == Refusal::Unexpected);
    CHECK(refusal(sample("cn-02-outlook-basic.malformed")) == Refusal::Unexpected);
}

TEST_CASE("a name that is told twice is refused where it matters", "[office365]") {
    CHECK(refusal(R"({"value": [], "value": []})") == Refusal::Unexpected);
    CHECK(refusal(R"({"value": [{"clientState": "a", "clientState": "b"}]})") ==
          Refusal::Unexpected);
    CHECK(refusal(R"({"value": [{"resourceData": {"id": "a", "id": "b"}}]})") ==
          Refusal::Unexpected);
    CHECK(read(R"({"value": [{"new": 1, "new": 2}]})").items.size() == 1);
}

TEST_CASE("what is not JSON is refused", "[office365]") {
    for (const auto& body :
         {std::string(), std::string("hello"), std::string("{\"value\": []"),
          std::string("{\"value\": []} {}"), std::string("{\"value\": [],}"),
          std::string("{\"value\": [{\"subscriptionId\": \"\xFF\"}]}"),
          std::string("{\"value\": [{\"subscriptionId\": \"\\ud800\"}]}"),
          std::string("{'value': []}"), std::string("{\"value\": [] /* */}"),
          std::string("\0{\"value\": []}", 14), sample("cn-03-outlook-rich.malformed"),
          sample("cn-05-two-tenants.malformed"), sample("cn-06-rich-chatmessage.malformed"),
          sample("lc-06-reauthorizationRequired-real-2024.malformed")}) {
        INFO(body);
        CHECK(refusal(body) == Refusal::Malformed);
    }
}
