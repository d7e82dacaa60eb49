// SPDX-License-Identifier: Apache-2.0
#include "notification_parser.h"

#include <catch2/catch.hpp>

#include "sample.h"

using namespace postbell::ews;

namespace {

SendNotification parse(const std::string& body, std::string_view charset = {}) {
    auto parsed = NotificationParser().parse(body, charset);
    REQUIRE(std::holds_alternative<SendNotification>(parsed));
    return std::get<SendNotification>(std::move(parsed));
}

ResponseMessage parseOne(const std::string& body) {
    SendNotification notification = parse(body);
    REQUIRE(notification.messages.size() == 1);
    return notification.messages[0];
}

Refusal refusal(const std::string& body, std::string_view charset = {}) {
    const auto parsed = NotificationParser().parse(body, charset);
    REQUIRE(std::holds_alternative<Refusal>(parsed));
    return std::get<Refusal>(parsed);
}

/// ASCII only; `big` for big-endian.
std::string utf16(const std::string& ascii, bool big, bool mark) {
    std::string out = !mark ? "" : big ? "\xFE\xFF" : "\xFF\xFE";
    for (const char c : ascii) {
        if (big) out += '\0';
        out += c;
        if (!big) out += '\0';
    }
    return out;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
    return text;
}

}  // namespace

TEST_CASE("a captured message of two events is read", "[ews]") {
    const ResponseMessage message = parseOne(sample("sn-02-modified-item-and-folder"));

    CHECK(message.response_class == ResponseClass::Success);
    CHECK(message.response_code == "NoError");
    CHECK(message.has_notification);
    CHECK_FALSE(message.more_events);
    CHECK(message.subscription_id ==
          "LABkYjhwcjAxbWI2NDg1LmV1cnByZDAxLnByb2QuZXhjaGFuZ2VsYWJzLmNvbRAAAADELVfykPBZQp7Q8IIUrU"
          "fmCKn7JnqX2AgQAAAAWTlI8+A2EEqLQp01E8Pw2Q==");
    CHECK(message.last_watermark == "AQAAAExY/dNdjDVKjtBVHKR5IOstIukhAAAAAAE=");
    REQUIRE(message.events.size() == 2);
    CHECK(message.events[0].type == EventType::Modified);
    CHECK(message.events[0].folder_id.empty());
    CHECK(message.events[0].occurred_ms == 1'606'993'430'000);
    CHECK(message.events[1].folder_id == message.events[0].parent_folder_id);
    CHECK_FALSE(message.events[1].unread);
}

TEST_CASE("every kind of event is told from the others", "[ews]") {
    const auto types = [](const std::string& name) {
        std::vector<EventType> found;
        for (const MailboxEvent& event : parseOne(sample(name)).events) found.push_back(event.type);
        return found;
    };
    using Types = std::vector<EventType>;
    CHECK(types("drv-01-created-newmail-modified-unread1") ==
          Types{EventType::Created, EventType::NewMail, EventType::Modified});
    CHECK(types("drv-04-moved-item") == Types{EventType::Moved});
    CHECK(types("drv-06-copied-item") == Types{EventType::Copied});
    CHECK(types("drv-07-deleted-item") == Types{EventType::Deleted, EventType::Modified});
    CHECK(types("drv-08-freebusychanged") == Types{EventType::SignOfLife});
    CHECK(types("sn-04-status-workmail") == Types{EventType::SignOfLife});
}

TEST_CASE("a count of 0 is not an absent count", "[ews]") {
    CHECK(parseOne(sample("drv-02-modified-unread0")).events.at(1).unread == 0);
    CHECK_FALSE(parseOne(sample("drv-03-modified-folder-without-unreadcount")).events.at(0).unread);
}

TEST_CASE("an error without a notification still names its subscription", "[ews]") {
    const ResponseMessage message = parseOne(sample("sn-06-error-readeventsfailed"));

    CHECK(message.response_class == ResponseClass::Error);
    CHECK(message.response_code == "ErrorReadEventsFailed");
    CHECK_FALSE(message.has_notification);
    CHECK(message.subscription_id ==
          "HwBlaGRldjAaLm15c2luZ2alZGV2LnNhbXNabmcuY29tEAaAAEDzY414aNRHmaqvPaxcOC6bMacSPTbQCA==");

    CHECK(parseOne(sample("drv-14-error-internalservererror")).subscription_id.empty());
}

TEST_CASE("namespaces are known by their URI, whatever the prefix", "[ews]") {
    const std::string swapped = R"(
        <Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body>
        <SendNotification xmlns="http://schemas.microsoft.com/exchange/services/2006/messages"
                          xmlns:m="http://schemas.microsoft.com/exchange/services/2006/types">
        <ResponseMessages><SendNotificationResponseMessage ResponseClass="Success">
        <m:Notification><m:SubscriptionId> a </m:SubscriptionId><m:StatusEvent/></m:Notification>
        </SendNotificationResponseMessage></ResponseMessages></SendNotification></Body></Envelope>)";
    CHECK(parseOne(swapped).subscription_id == "a");

    const std::string foreign =
        replaced(sample("sn-04-status-workmail"),
                 "http://schemas.microsoft.com/exchange/services/2006/messages", "urn:other");
    CHECK(refusal(foreign) == Refusal::NoSendNotification);
    CHECK(refusal(replaced(sample("sn-04-status-workmail"), "http://schemas.xmlsoap.org",
                           "urn:x")) == Refusal::NoSendNotification);
}

TEST_CASE("SOAP 1.2 is understood and remembered", "[ews]") {
    const std::string body =
        replaced(sample("sn-04-status-workmail"), "http://schemas.xmlsoap.org/soap/envelope/",
                 "http://www.w3.org/2003/05/soap-envelope");

    CHECK(parse(body).soap == SoapVersion::V12);
    CHECK(parse(sample("sn-04-status-workmail")).soap == SoapVersion::V11);
}

TEST_CASE("what is unknown is passed over", "[ews]") {
    const ResponseMessage unknown = parseOne(post(
        message("a<t:Deep><t:SubscriptionId>b</t:SubscriptionId></t:Deep>",
                "<t:News><t:Watermark>x</t:Watermark></t:News><x xmlns='urn:x'/>"
                "<t:ReactionEvent "
                "Colour='red'><t:Watermark>w</t:Watermark><t:Emoji>1</t:Emoji></t:ReactionEvent>"
                "<t:ModifiedEvent><t:FolderId xmlns:x='urn:x' x:Id='no' "
                "Id='f'/><UnreadCount>9</UnreadCount>"
                "<t:Extra><t:UnreadCount>8</t:UnreadCount></t:Extra></t:ModifiedEvent>")));

    CHECK(unknown.subscription_id == "a");
    CHECK(unknown.last_watermark == "w");
    REQUIRE(unknown.events.size() == 2);
    CHECK(unknown.events[0].type == EventType::SignOfLife);
    CHECK(unknown.events[1].folder_id == "f");
    CHECK_FALSE(unknown.events[1].unread);
}

TEST_CASE("an unknown server version, header or comment is no reason to refuse", "[ews]") {
    std::string body = sample("sn-01-status-exchange2016");
    body = replaced(body, "Exchange2016", "Exchange3000");
    body = replaced(body, "<s:Body>",
                    "<!-- hello --><?robot beep?><s:Body><x xmlns=''><SendNotification/></x>");
    CHECK(parseOne(body).subscription_id == "XXXXX=");
}

TEST_CASE("values may be written with references, CDATA and blanks", "[ews]") {
    const ResponseMessage read =
        parseOne(post(message("\n a<![CDATA[<b]]>&amp;&#99; ",
                              "<t:ModifiedEvent><t:FolderId Id='&lt;f&#x21;'/>"
                              "<t:UnreadCount>\t1<!-- -->2\n</t:UnreadCount>"
                              "</t:ModifiedEvent>")));

    CHECK(read.subscription_id == "a<b&c");
    CHECK(read.events.at(0).folder_id == "<f!");
    CHECK(read.events.at(0).unread == 12);
}

TEST_CASE("MoreEvents and several messages are read", "[ews]") {
    CHECK(parseOne(sample("drv-09-moreevents-true-unread-twice")).more_events);
    CHECK(parse(sample("drv-10-two-response-messages")).messages.size() == 2);
    CHECK(parse(envelope("<m:SendNotification/>")).messages.empty());
}

TEST_CASE("one message in every encoding is one message", "[ews]") {
    const std::string name = "drv-12-minimal-no-prev-no-more";
    const std::string plain = sample(name);
    const std::string expected = parseOne(plain).subscription_id;
    const auto id = [](const std::string& body, std::string_view charset) {
        return parse(body, charset).messages.at(0).subscription_id;
    };

    CHECK(id("\xEF\xBB\xBF" + plain, "utf-8") == expected);
    CHECK(id(utf16(plain, false, true), "utf-16") == expected);
    CHECK(id(utf16(plain, true, true), "utf-8") == expected);
    CHECK(id(utf16(plain, false, false), "") == expected);
    CHECK(id(utf16(plain, true, false), "utf-16be") == expected);
    CHECK(id(replaced(plain, "utf-8", "iso-8859-1"), "") == expected);
    CHECK(id(replaced(plain, "utf-8", "koi8-r"), "us-ascii") == expected);
}

TEST_CASE("letters beyond ASCII arrive as UTF-8", "[ews]") {
    const auto id = [](const std::string& raw, std::string_view charset) {
        return parse(post(message(raw, "<t:StatusEvent/>")), charset)
            .messages.at(0)
            .subscription_id;
    };
    CHECK(id("\xC3\xA9", "") == "\xC3\xA9");
    CHECK(id("\xE9", "iso-8859-1") == "\xC3\xA9");
    CHECK(id("\x80\xE9", "windows-1252") == "\xE2\x82\xAC\xC3\xA9");
}

TEST_CASE("what is malformed is refused", "[ews]") {
    CHECK(refusal("") == Refusal::Malformed);
    CHECK(refusal("hello") == Refusal::Malformed);
    CHECK(refusal(sample("sn-02-modified-item-and-folder.malformed")) == Refusal::Malformed);
    CHECK(refusal(sample("sn-04-status-workmail.malformed")) == Refusal::Malformed);
    CHECK(refusal(sample("sn-01-status-exchange2016") + "<a/>") == Refusal::Malformed);
    CHECK(refusal(post(message("&unknown;", ""))) == Refusal::Malformed);
    CHECK(refusal(post(message("\xE9", ""))) == Refusal::Malformed);
    CHECK(refusal(post(message("\xC3\xA9", "")), "us-ascii") == Refusal::Malformed);
    CHECK(refusal(post(message("a", "<u:StatusEvent/>"))) == Refusal::Malformed);
    CHECK(refusal(post(message("a", "<t:StatusEvent a='1' a='2'/>"))) == Refusal::Malformed);
    CHECK(refusal(std::string("<a/>\0", 5)) == Refusal::Malformed);
    CHECK(refusal(utf16(sample("sn-03-modified-folder-workmail"), false, true) + "x") ==
          Refusal::Malformed);
    CHECK(refusal("<a/>", "shift_jis") == Refusal::UnsupportedEncoding);
}

TEST_CASE("a message cut off anywhere is refused", "[ews]") {
    const std::string whole = sample("drv-01-created-newmail-modified-unread1");
    const std::size_t end = whole.find("</soap11:Envelope>") + 17;
    for (std::size_t size = 0; size <= end; ++size)
        CHECK(
            std::holds_alternative<Refusal>(NotificationParser().parse(whole.substr(0, size), "")));
}

TEST_CASE("SOAP without a SendNotification in its body is refused", "[ews]") {
    CHECK(refusal(sample("drv-16-getstreamingevents-response")) == Refusal::NoSendNotification);
    CHECK(refusal(envelope("")) == Refusal::NoSendNotification);
    CHECK(refusal("<SendNotification/>") == Refusal::NoSendNotification);
    CHECK(refusal(replaced(sample("sn-04-status-workmail"), "soap:Body", "soap:Header")) ==
          Refusal::NoSendNotification);
    CHECK(refusal(envelope("<m:Wrapped><m:SendNotification/></m:Wrapped>")) ==
          Refusal::NoSendNotification);
}

TEST_CASE("a long message is read whole, in UTF-16 too", "[ews]") {
    std::string events;
    for (int i = 0; i < 1'500; ++i)
        events += "<t:ModifiedEvent><t:FolderId Id='folder-" + std::to_string(i) +
                  "'/><t:UnreadCount>" + std::to_string(i) + "</t:UnreadCount></t:ModifiedEvent>";
    const std::string body = post(message("a", events));

    for (const std::string& encoded : {body, utf16(body, true, true)}) {
        const ResponseMessage read = parseOne(encoded);
        REQUIRE(read.events.size() == 1'500);
        for (int i = 0; i < 1'500; ++i) {
            const MailboxEvent& event = read.events[static_cast<std::size_t>(i)];
            REQUIRE(event.folder_id == "folder-" + std::to_string(i));
            REQUIRE(event.unread == i);
        }
    }
}

TEST_CASE("a parser remembers nothing of the message before", "[ews]") {
    NotificationParser parser;
    const auto id = [&](const std::string& raw, std::string_view charset) {
        const auto parsed = parser.parse(post(message(raw, "<t:StatusEvent/>")), charset);
        return std::get<SendNotification>(parsed).messages.at(0).subscription_id;
    };
    for (int round = 0; round < 3; ++round) {
        CHECK(id("\x80", "windows-1252") == "\xE2\x82\xAC");
        CHECK(id("\xC3\xA9", "") == "\xC3\xA9");
        CHECK(std::get<Refusal>(parser.parse("<!DOCTYPE x [<!ENTITY b 'b'>]><x/>", "")) ==
              Refusal::DocumentType);
        CHECK(std::get<Refusal>(parser.parse(post(message("&b;", "")), "")) == Refusal::Malformed);
        CHECK(std::get<Refusal>(parser.parse("<t:a xmlns:t='urn:x'><t:b>", "")) ==
              Refusal::Malformed);
        CHECK(std::get<Refusal>(parser.parse("<t:a/>", "")) == Refusal::Malformed);
        CHECK(id("\xE9", "iso-8859-1") == "\xC3\xA9");
    }
}
