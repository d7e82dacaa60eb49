// SPDX-License-Identifier: Apache-2.0
#include "event_folding.h"

#include <catch2/catch.hpp>

using namespace postbell;
using namespace postbell::ews;

namespace {

MailboxEvent ofItem(EventType type, std::string parent, std::int64_t occurred_ms = 1) {
    MailboxEvent event;
    event.type = type;
    event.parent_folder_id = std::move(parent);
    event.occurred_ms = occurred_ms;
    return event;
}

MailboxEvent ofFolder(std::string folder, std::optional<std::int32_t> unread = {}) {
    MailboxEvent event;
    event.type = EventType::Modified;
    event.folder_id = std::move(folder);
    event.parent_folder_id = "root";
    event.occurred_ms = 2;
    event.unread = unread;
    return event;
}

ResponseMessage success(std::string subscription, std::vector<MailboxEvent> events,
                        std::string watermark = "w") {
    ResponseMessage message;
    message.has_notification = true;
    message.subscription_id = std::move(subscription);
    message.events = std::move(events);
    message.last_watermark = std::move(watermark);
    return message;
}

SendNotification posted(std::vector<ResponseMessage> messages) {
    SendNotification notification;
    notification.messages = std::move(messages);
    return notification;
}

SendNotification posted(std::vector<MailboxEvent> events) {
    return posted({success("sub", std::move(events))});
}

}  // namespace

TEST_CASE("what one new mail yields is one event of new mail with the folder's count", "[ews]") {
    const auto notification = posted({ofItem(EventType::Created, "inbox"),
                                      ofItem(EventType::NewMail, "inbox"), ofFolder("inbox", 7)});

    const auto folded = foldEvents(notification);

    REQUIRE(folded.size() == 1);
    CHECK(folded[0].kind == MailKind::New);
    CHECK(folded[0].subscription == "sub");
    CHECK(folded[0].folder == "inbox");
    CHECK(folded[0].unread == 7);
    CHECK(folded[0].occurred_ms == 2);
}

TEST_CASE("the last count wins and an event without one leaves it", "[ews]") {
    const auto notification =
        posted({ofFolder("inbox", 3), ofFolder("inbox", 4), ofFolder("inbox")});

    const auto folded = foldEvents(notification);

    REQUIRE(folded.size() == 1);
    CHECK(folded[0].kind == MailKind::Count);
    CHECK(folded[0].unread == 4);
}

TEST_CASE("a count that is absent, negative or an item's is unknown, not 0", "[ews]") {
    MailboxEvent item = ofItem(EventType::Modified, "inbox");
    item.unread = 5;
    CHECK(foldEvents(posted({ofFolder("inbox")})).at(0).unread == -1);
    CHECK(foldEvents(posted({ofFolder("inbox", -2)})).at(0).unread == -1);
    const auto of_item = posted({item});
    CHECK(foldEvents(of_item).at(0).unread == -1);
}

TEST_CASE("each folder has its own event, in the order of mention", "[ews]") {
    const auto notification = posted({ofFolder("archive", 12), ofItem(EventType::NewMail, "inbox"),
                                      ofFolder("archive", 13), ofFolder("inbox", 1)});

    const auto folded = foldEvents(notification);

    REQUIRE(folded.size() == 2);
    CHECK(folded[0].folder == "archive");
    CHECK(folded[0].kind == MailKind::Count);
    CHECK(folded[0].unread == 13);
    CHECK(folded[1].folder == "inbox");
    CHECK(folded[1].kind == MailKind::New);
    CHECK(folded[1].unread == 1);
}

TEST_CASE("a moved item touches the folder that it left, a copied one does not", "[ews]") {
    MailboxEvent moved = ofItem(EventType::Moved, "archive");
    moved.old_parent_folder_id = "inbox";
    MailboxEvent copied = moved;
    copied.type = EventType::Copied;

    const auto two = posted({moved});
    const auto of_moved = foldEvents(two);
    REQUIRE(of_moved.size() == 2);
    CHECK(of_moved[0].folder == "archive");
    CHECK(of_moved[1].folder == "inbox");
    CHECK(of_moved[1].kind == MailKind::Count);
    CHECK(of_moved[1].unread == -1);

    const auto one = posted({copied});
    REQUIRE(foldEvents(one).size() == 1);
    CHECK(foldEvents(one)[0].folder == "archive");
}

TEST_CASE("a moved folder's event is the folder's own", "[ews]") {
    MailboxEvent moved = ofFolder("child");
    moved.type = EventType::Moved;
    moved.old_parent_folder_id = "inbox";
    const auto notification = posted({moved});

    const auto folded = foldEvents(notification);

    REQUIRE(folded.size() == 1);
    CHECK(folded[0].folder == "child");
}

TEST_CASE("a message without a change is a sign of life", "[ews]") {
    const auto status = posted({MailboxEvent{}});
    const auto folded = foldEvents(status);
    REQUIRE(folded.size() == 1);
    CHECK(folded[0].kind == MailKind::Heard);
    CHECK(folded[0].subscription == "sub");
    CHECK(folded[0].dedupKey().empty());

    CHECK(foldEvents(posted(std::vector<ResponseMessage>{})).at(0).kind == MailKind::Heard);
}

TEST_CASE("an error ends the subscription that it names, or none by name", "[ews]") {
    ResponseMessage error = success("sub", {ofFolder("inbox", 1)});
    error.response_class = ResponseClass::Error;
    const auto named = posted({error});
    REQUIRE(foldEvents(named).size() == 1);
    CHECK(foldEvents(named)[0].kind == MailKind::Ended);
    CHECK(foldEvents(named)[0].subscription == "sub");

    error.subscription_id.clear();
    const auto unnamed = posted({error});
    CHECK(foldEvents(unnamed).at(0).subscription.empty());
}

TEST_CASE("a warning with a notification is a success, without one it is an end", "[ews]") {
    ResponseMessage warning = success("sub", {ofFolder("inbox", 1)});
    warning.response_class = ResponseClass::Warning;
    const auto with = posted({warning});
    CHECK(foldEvents(with).at(0).kind == MailKind::Count);

    ResponseMessage bare;
    bare.response_class = ResponseClass::Warning;
    CHECK(foldEvents(posted({bare})).at(0).kind == MailKind::Ended);
}

TEST_CASE("several messages of one subscription complete one another until it ends", "[ews]") {
    ResponseMessage error;
    error.response_class = ResponseClass::Error;
    error.subscription_id = "sub";
    const auto notification =
        posted({success("sub", {ofItem(EventType::NewMail, "inbox")}, "w1"),
                success("other", {ofFolder("inbox", 9)}), success("sub", {ofFolder("inbox", 2)}),
                error, success("sub", {ofFolder("inbox", 3)})});

    const auto folded = foldEvents(notification);

    REQUIRE(folded.size() == 4);
    CHECK(folded[0].kind == MailKind::New);
    CHECK(folded[0].unread == 2);
    CHECK(folded[0].watermark == "w");
    CHECK(folded[1].subscription == "other");
    CHECK(folded[2].kind == MailKind::Ended);
    CHECK(folded[3].kind == MailKind::Count);
    CHECK(folded[3].unread == 3);
}

TEST_CASE("a repeated message has the same key and every other difference shows in it", "[ews]") {
    FoldedEvent event{MailKind::New, "sub", "inbox", "w1", 0, 3};
    const std::string original = event.dedupKey();
    CHECK(original == event.dedupKey());
    CHECK_FALSE(original.empty());
    CHECK(original.size() < 512);
    CHECK(original.find("sub") == std::string::npos);

    FoldedEvent changed = event;
    SECTION("subscription") {
        changed.subscription = "sub2";
    }
    SECTION("folder") {
        changed.folder = "archive";
    }
    SECTION("watermark") {
        changed.watermark = "w2";
    }
    SECTION("kind") {
        changed.kind = MailKind::Count;
    }
    SECTION("count") {
        changed.unread = 4;
    }
    SECTION("where one id ends and the next begins") {
        changed.subscription = "su";
        changed.folder = "binbox";
    }
    CHECK(changed.dedupKey() != original);
}

TEST_CASE("without a watermark there is no key", "[ews]") {
    FoldedEvent event{MailKind::New, "sub", "inbox", "", 0, 3};
    CHECK(event.dedupKey().empty());
}
