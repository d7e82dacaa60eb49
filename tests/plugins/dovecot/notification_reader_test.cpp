// SPDX-License-Identifier: Apache-2.0
#include "notification_reader.h"

#include <catch2/catch.hpp>

#include "sample.h"

using namespace postbell::dovecot;

namespace {

constexpr const char* kIdOf24 = "A91V2NeYTiOzSRgb1qVgp1KXCJuWsB_BZZM4DBh_14A";
constexpr const char* kIdOfScript = "AVZquvyDO8lbT-q3BOw0zkGGhkeLvBTs3AWdIgSpz7c";

Notification read(const std::string& body) {
    const auto read = readNotification(body);
    const auto* notification = std::get_if<Notification>(&read);
    REQUIRE(notification != nullptr);
    return *notification;
}

Refusal refusal(const std::string& body) {
    const auto read = readNotification(body);
    const auto* refusal = std::get_if<Refusal>(&read);
    REQUIRE(refusal != nullptr);
    return *refusal;
}

EventType typeOf(const std::string& event) {
    return read(notification("u", event)).type;
}
Notification with(const std::string& more) {
    return read(notification("u", "messageNew", "INBOX", more));
}

}  // namespace

TEST_CASE("each recorded notification is read to the letter", "[dovecot]") {
    using Row = std::pair<std::string, Notification>;
    const auto fresh = EventType::NewMail;
    const auto changed = EventType::CountChanged;
    for (const auto& [name, expected] : {
             Row{"ox-new", {fresh, "u2@example.net", true, 2, "1795468726/2"}},
             Row{"ox-after-two-were-read", {fresh, "u2@example.net", true, 6, "1795468726/9"}},
             Row{"ox-encoded-words", {fresh, "u2@example.net", true, 8, "1795468726/11"}},
             Row{"ox-no-subject", {fresh, "u2@example.net", true, 9, "1795468726/12"}},
             Row{"ox-not-utf-8", {fresh, "u2@example.net", true, 10, "1795468726/13"}},
             Row{"ox-html", {fresh, "u2@example.net", true, 11, "1795468726/14"}},
             Row{"ox-long-subject", {fresh, "u2@example.net", true, 12, "1795468726/15"}},
             Row{"ox-user-from-metadata", {fresh, "opaque-token-9", true, 4, "1795468900/4"}},
             Row{"ox-user-without-domain", {fresh, "plain", true, 1, "1795469210/1"}},
             Row{"lua-socket-new", {fresh, "s1@example.net", true, 1, "1795469206/2"}},
             Row{"lua-socket-second", {fresh, "s1@example.net", true, 3, "1795469206/4"}},
             Row{"ox-2.4-new", {fresh, kIdOf24, true, 1, "1795874104/1"}},
             Row{"script-new", {fresh, kIdOfScript, true, 1, "1795874101/2"}},
             Row{"script-read", {changed, kIdOfScript, true, 0, "1795874101/1"}},
             Row{"script-moved-away", {changed, kIdOfScript, true, 0, "1795874101/2"}},
         }) {
        INFO(name);
        CHECK(read(sample(name)) == expected);
    }
}

TEST_CASE("both forms of an event mean the same", "[dovecot][row:DOVECOT-10]") {
    CHECK(typeOf("messageNew") == EventType::NewMail);
    CHECK(typeOf("MessageNew") == EventType::NewMail);
    for (const char* event : {"MessageAppend", "MessageExpunge", "MessageRead", "MessageTrash",
                              "FlagsSet", "FlagsClear", "flagsClear"})
        CHECK(typeOf(event) == EventType::CountChanged);
    for (const char* event : {"MailboxCreate", "MessageNews", "QuotaExceed", ""})
        CHECK(typeOf(event) == EventType::Other);
}

TEST_CASE("a count that is absent or impossible is unknown, never 0", "[dovecot]") {
    CHECK(with(R"(,"unseen":0)").unseen == 0);
    CHECK(with(R"(,"unseen":2147483647)").unseen == 2147483647);
    for (const char* more :
         {"", R"(,"unseen":null)", R"(,"unseen":-1)", R"(,"unseen":2147483648)", R"(,"unseen":1.5)",
          R"(,"unseen":"3")", R"(,"unseen":99999999999999999999)"})
        CHECK(with(more).unseen == -1);
}

TEST_CASE("a message is named only by both of its numbers", "[dovecot]") {
    CHECK(with(R"(,"imap-uidvalidity":4294967295,"imap-uid":1)").message == "4294967295/1");
    for (const char* more :
         {R"(,"imap-uid":1)", R"(,"imap-uidvalidity":1)", R"(,"imap-uidvalidity":1,"imap-uid":0)",
          R"(,"imap-uidvalidity":4294967296,"imap-uid":1)",
          R"(,"imap-uidvalidity":"1","imap-uid":"1")"})
        CHECK(with(more).message.empty());
}

TEST_CASE("the inbox is the inbox in any case, and no folder below it", "[dovecot]") {
    CHECK(read(notification("u", "messageNew", "inbox")).is_inbox);
    for (const char* folder : {"INBOX/Work", "Archive", "INBOX ", ""})
        CHECK_FALSE(read(notification("u", "messageNew", folder)).is_inbox);
}

TEST_CASE("a body that is no notification is refused", "[dovecot]") {
    for (const char* body :
         {"", "{", "{}x", "user=a", R"({"user":"a","user":"b"})", "[[[[[[]]]]]]"})
        CHECK(refusal(body) == Refusal::NotJson);
    CHECK(refusal("[" + std::string(3000, '1') + "]") == Refusal::NoNotification);
    std::string many = "[1";
    for (int i = 0; i < 1000; ++i) many += ",1";
    CHECK(refusal(many + "]") == Refusal::NotJson);
    for (const char* body :
         {"{}", "null", R"("user")", R"({"user":"a","event":"messageNew"})",
          R"({"user":"a","folder":"INBOX"})", R"({"event":"messageNew","folder":"INBOX"})",
          R"({"user":"","event":"messageNew","folder":"INBOX"})",
          R"({"user":7,"event":"messageNew","folder":"INBOX"})"})
        CHECK(refusal(body) == Refusal::NoNotification);
}

TEST_CASE("a user has 1024 bytes at most", "[dovecot]") {
    CHECK(read(notification(std::string(kMaxUserBytes, 'u'), "messageNew")).user.size() == 1024);
    CHECK(refusal(notification(std::string(kMaxUserBytes + 1, 'u'), "messageNew")) ==
          Refusal::UserTooLong);
}
