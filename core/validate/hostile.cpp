// SPDX-License-Identifier: Apache-2.0
#include "validate/hostile.h"

#include <random>

namespace postbell::validate {
namespace {

constexpr unsigned kSeed = 20'260'101;
constexpr int kDamagedForEachSeed = 200;
constexpr std::size_t kHuge = 1024 * 1024;

std::string damaged(const std::string& whole, std::mt19937& random) {
    std::string text = whole.substr(0, random() % (whole.size() + 1));
    for (unsigned flips = random() % 8; flips-- > 0 && !text.empty();)
        text[random() % text.size()] = static_cast<char>(random());
    if (random() % 4 == 0) text += whole.substr(random() % (whole.size() + 1));
    return text;
}

std::string everyByte() {
    std::string text;
    for (int byte = 0; byte < 256; ++byte) text += static_cast<char>(byte);
    return text;
}

std::string repeated(std::string_view piece, std::size_t bytes) {
    std::string text;
    while (text.size() < bytes) text += piece;
    return text;
}

}  // namespace

std::vector<std::string> hostileTexts(const std::vector<std::string>& seeds) {
    std::vector<std::string> texts{
        "",
        std::string(1, '\0'),
        " ",
        "\xff\xfe",
        "\xef\xbb\xbf",
        everyByte(),
        std::string(kHuge, 'a'),
        std::string(kHuge, '\0'),
        repeated("[", 100'000),
        repeated("{\"a\":", 100'000),
        repeated("<a>", 100'000),
        repeated("<a b=\"c\"/>", 100'000),
        "%s%n%x",
        "../../etc/passwd",
        "\r\nx: y\r\n\r\n",
        R"(<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>)"};
    std::mt19937 random(kSeed);
    for (const std::string& seed : seeds) {
        texts.push_back(seed);
        for (int i = 0; i < kDamagedForEachSeed; ++i) texts.push_back(damaged(seed, random));
    }
    return texts;
}

std::vector<std::string> commonMessages() {
    return {
        R"(<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><SendNotification xmlns="http://schemas.microsoft.com/exchange/services/2006/messages"><ResponseMessages><SendNotificationResponseMessage ResponseClass="Success"><ResponseCode>NoError</ResponseCode><Notification><SubscriptionId xmlns="http://schemas.microsoft.com/exchange/services/2006/types">a</SubscriptionId></Notification></SendNotificationResponseMessage></ResponseMessages></SendNotification></s:Body></s:Envelope>)",
        R"({"value": [{"subscriptionId": "a", "clientState": "b", "changeType": "created", "resource": "c", "resourceData": {"id": "d"}}]})",
        R"({"@type": "StateChange", "changed": {"a": {"Email": "b", "Mailbox": "c"}}})",
        R"({"error": {"code": 404, "status": "NOT_FOUND", "message": "gone", "details": [{"@type": "a"}]}})",
        R"({"reason": "BadDeviceToken", "timestamp": 1767225600000})",
        R"({"access_token": "a", "expires_in": 3600, "token_type": "Bearer"})",
        "subscription-1 7"};
}

}  // namespace postbell::validate
