// SPDX-License-Identifier: Apache-2.0
// Bodies that are made to cost: each is refused, or read, in time linear in its size.
#include <catch2/catch.hpp>
#include <chrono>

#include "event_folding.h"
#include "notification_reader.h"
#include "sample.h"

using namespace postbell::office365;

namespace {

constexpr std::size_t kLargestBody = 1 << 20;  // the mailbox listener's limit

std::string repeated(const std::string& piece, std::size_t count) {
    std::string out;
    out.reserve(piece.size() * count);
    for (std::size_t i = 0; i < count; ++i) out += piece;
    return out;
}

std::string filled(const std::string& piece) {
    return repeated(piece, (kLargestBody - 200) / piece.size());
}

/// What was answered; far slower than on any machine that runs this is a failure.
std::variant<Notification, Refusal> readQuickly(const std::string& body) {
    const auto start = std::chrono::steady_clock::now();
    auto result = readNotification(body);
    if (const auto* notification = std::get_if<Notification>(&result)) foldEvents(*notification);
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(2));
    return result;
}

Refusal refusal(const std::string& body) {
    const auto result = readQuickly(body);
    REQUIRE(std::holds_alternative<Refusal>(result));
    return std::get<Refusal>(result);
}

bool isRead(const std::string& body) {
    return std::holds_alternative<Notification>(readQuickly(body));
}

}  // namespace

TEST_CASE("deep nesting is given up at a fixed depth", "[office365]") {
    CHECK(refusal(filled("[")) == Refusal::Unexpected);
    CHECK(refusal("{\"x\": " + filled("[")) == Refusal::TooComplex);
    CHECK(refusal(filled("{\"x\":")) == Refusal::TooComplex);
    CHECK(refusal(post(filled("{\"value\":["))) == Refusal::TooComplex);
    const auto nested = [](std::size_t depth) {
        return R"({"value": [], "x": )" + repeated("[", depth) + repeated("]", depth) + "}";
    };
    CHECK(isRead(nested(kMaxDepth - 1)));
    CHECK(refusal(nested(kMaxDepth)) == Refusal::TooComplex);
}

TEST_CASE("the number of items and of values is bounded", "[office365]") {
    const auto items = [](std::size_t count) { return post(repeated("{},", count - 1) + "{}"); };
    CHECK(isRead(items(kMaxItems)));
    CHECK(refusal(items(kMaxItems + 1)) == Refusal::TooComplex);
    CHECK(refusal(post(filled("{},"))) == Refusal::TooComplex);
    CHECK(refusal(R"({"x": [)" + filled("0,") + "0]}") == Refusal::TooComplex);
    CHECK(refusal(R"({"validationTokens": [)" + filled("\"\",") + "\"\"]}") == Refusal::TooComplex);
    CHECK(refusal(post("{" + filled("\"\":0,") + "\"\":0}")) == Refusal::TooComplex);
}

TEST_CASE("huge texts, names and numbers are read in linear time", "[office365]") {
    CHECK(isRead(post(R"({"subscriptionId": ")" + filled("s") + "\"}")));
    CHECK(isRead(post(R"({"clientState": ")" + filled("\\u0041") + "\"}")));
    CHECK(isRead(post("{\"" + filled("n") + "\": 1}")));
    CHECK(isRead(post("{\"n\": 0." + filled("1") + "}")));
    CHECK(isRead(post("{\"n\": 1e-" + filled("9") + "}")));
    CHECK(refusal(post("{\"n\": " + filled("9") + "}")) == Refusal::Malformed);
    CHECK(refusal(post("{\"n\": 1e" + filled("9") + "}")) == Refusal::Malformed);
    CHECK(refusal(filled(" ")) == Refusal::Malformed);
    CHECK(isRead(filled(" ") + "{\"value\": []}"));
}

TEST_CASE("many subscriptions in one message are folded in linear time", "[office365]") {
    std::string items;
    for (std::size_t i = 0; i + 1 < kMaxItems; ++i)
        items += R"({"subscriptionId": ")" + std::to_string(i) + R"(", "clientState": ")" +
                 std::to_string(i % 7) + R"("},)";
    CHECK(isRead(post(items + R"({"subscriptionId": "last"})")));
}
