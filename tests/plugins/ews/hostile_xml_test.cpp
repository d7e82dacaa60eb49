// SPDX-License-Identifier: Apache-2.0
// Bodies that are made to cost: each is refused, or read, in time linear in its size.
#include <catch2/catch.hpp>
#include <chrono>

#include "notification_builder.h"
#include "notification_parser.h"
#include "sample.h"

using namespace postbell::ews;

namespace {

constexpr std::size_t kLargestBody = 1 << 20;  // the mailbox listener's limit

std::string repeated(const std::string& piece, std::size_t count) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) out += piece;
    return out;
}

std::string filled(const std::string& piece) {
    return repeated(piece, (kLargestBody - 2'000) / piece.size());
}

/// What was answered; far slower than on any machine that runs this is a failure.
std::variant<SendNotification, Refusal> parseQuickly(const std::string& body) {
    const auto start = std::chrono::steady_clock::now();
    auto parsed = NotificationParser().parse(body, "");
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(2));
    return parsed;
}

Refusal refusal(const std::string& body) {
    const auto parsed = parseQuickly(body);
    REQUIRE(std::holds_alternative<Refusal>(parsed));
    return std::get<Refusal>(parsed);
}

std::string withDocumentType(const std::string& declarations, const std::string& id) {
    return "<?xml version=\"1.0\"?><!DOCTYPE x [" + declarations + "]>" +
           post(message(id, "<t:StatusEvent/>"));
}

}  // namespace

TEST_CASE("any document type is refused before anything in it is read", "[ews]") {
    CHECK(refusal(withDocumentType("", "a")) == Refusal::DocumentType);
    CHECK(refusal("<!DOCTYPE x><x/>") == Refusal::DocumentType);
    CHECK(refusal(withDocumentType("<!ENTITY b 'bbb'>", "&b;")) == Refusal::DocumentType);
    CHECK(refusal("<!DOCTYPE x SYSTEM \"http://127.0.0.1:1/x.dtd\"><x/>") == Refusal::DocumentType);
    CHECK(refusal("<!DOCTYPE x PUBLIC 'p' 'file:///etc/passwd'><x/>") == Refusal::DocumentType);
}

TEST_CASE("entity bombs and external entities are refused as document types", "[ews]") {
    std::string bomb = "<!ENTITY e0 'ha'>";
    for (int i = 1; i < 40; ++i) {
        const std::string inner = "&e" + std::to_string(i - 1) + ";";
        bomb += "<!ENTITY e" + std::to_string(i) + " '" + repeated(inner, 10) + "'>";
    }
    CHECK(refusal(withDocumentType(bomb, "&e39;")) == Refusal::DocumentType);
    CHECK(refusal(withDocumentType("<!ENTITY f SYSTEM 'file:///etc/passwd'>", "&f;")) ==
          Refusal::DocumentType);
    CHECK(refusal(withDocumentType("<!ENTITY % p SYSTEM 'file:///etc/passwd'> %p;", "a")) ==
          Refusal::DocumentType);
    CHECK(refusal(withDocumentType("<!ENTITY % a '" + filled("x") + "'> %a;", "a")) ==
          Refusal::DocumentType);
}

TEST_CASE("deep nesting is given up at a fixed depth", "[ews]") {
    CHECK(refusal(filled("<a>")) == Refusal::TooComplex);
    const std::size_t inner = NotificationBuilder::kMaxDepth - 2;
    const auto nested = [](std::size_t depth) {
        return envelope("<m:SendNotification/>" + repeated("<a>", depth) + repeated("</a>", depth));
    };
    CHECK(std::holds_alternative<SendNotification>(parseQuickly(nested(inner))));
    CHECK(refusal(nested(inner + 1)) == Refusal::TooComplex);
}

TEST_CASE("too many elements, attributes or namespaces are refused", "[ews]") {
    CHECK(refusal(envelope(filled("<a/>"))) == Refusal::TooComplex);

    std::string attributes, namespaces, prefixed;
    for (int i = 0; attributes.size() + prefixed.size() < kLargestBody - 20'000; ++i)
        attributes += " a" + std::to_string(i) + "=''";
    for (int i = 0; namespaces.size() < kLargestBody - 20'000; ++i)
        namespaces += " xmlns:a" + std::to_string(i) + "='u'";
    CHECK(refusal(envelope("<a" + attributes + "/>")) == Refusal::TooComplex);
    CHECK(refusal(envelope("<a" + namespaces + "/>")) == Refusal::TooComplex);

    for (int i = 0; prefixed.size() < kLargestBody - 20'000; ++i)
        prefixed += " t:a" + std::to_string(i) + "=''";
    CHECK(refusal(envelope("<a" + prefixed + "/>")) == Refusal::TooComplex);
}

TEST_CASE("long values are refused where they would be kept and ignored where not", "[ews]") {
    const std::string longest(NotificationBuilder::kMaxValueBytes, 'x');
    const auto with_id = [](const std::string& id) {
        return post(message(id, "<t:StatusEvent/>"));
    };
    const auto with_folder = [](const std::string& id) {
        return post(
            message("a", "<t:ModifiedEvent><t:FolderId Id='" + id + "'/></t:ModifiedEvent>"));
    };
    CHECK(std::holds_alternative<SendNotification>(parseQuickly(with_id(longest))));
    CHECK(std::holds_alternative<SendNotification>(parseQuickly(with_folder(longest))));
    CHECK(refusal(with_id(longest + "x")) == Refusal::TooComplex);
    CHECK(refusal(with_folder(longest + "x")) == Refusal::TooComplex);
    CHECK(refusal(with_id(filled("x"))) == Refusal::TooComplex);

    const std::string ignored =
        post("<m:SendNotificationResponseMessage ResponseClass='Error'><m:MessageText>" +
             filled("x") + "</m:MessageText></m:SendNotificationResponseMessage>");
    CHECK(std::holds_alternative<SendNotification>(parseQuickly(ignored)));
}

TEST_CASE("more messages or events than Exchange can send are refused", "[ews]") {
    CHECK(refusal(post(repeated(message("a", ""), NotificationBuilder::kMaxMessages + 1))) ==
          Refusal::TooComplex);
    const auto events = [](std::size_t count) {
        return post(message("a", repeated("<t:NewMailEvent/>", count)));
    };
    CHECK(std::holds_alternative<SendNotification>(
        parseQuickly(events(NotificationBuilder::kMaxEvents))));
    CHECK(refusal(events(NotificationBuilder::kMaxEvents + 1)) == Refusal::TooComplex);
}

TEST_CASE("large tokens of every sort cost no more than their size", "[ews]") {
    for (const std::string& body :
         {"<!--" + filled("-x"), "<?" + filled("x"), "<" + filled("x"), "<a b='" + filled("x"),
          "<a b='" + filled("&amp;"), "<![CDATA[" + filled("]"), filled("<!---->"), filled("\n"),
          "<a>" + filled("&#65;"), "<a xmlns='" + filled("x") + "'/>"})
        CHECK(std::holds_alternative<Refusal>(parseQuickly(body)));
}
