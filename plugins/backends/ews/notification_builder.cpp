// SPDX-License-Identifier: Apache-2.0
#include "notification_builder.h"

#include <algorithm>

#include "postbell/kit/text.hpp"
#include "xml_values.h"

namespace postbell::ews {
namespace {

EventType eventType(std::string_view name) {
    if (name == "ModifiedEvent") return EventType::Modified;
    if (name == "NewMailEvent") return EventType::NewMail;
    if (name == "CreatedEvent") return EventType::Created;
    if (name == "DeletedEvent") return EventType::Deleted;
    if (name == "MovedEvent") return EventType::Moved;
    if (name == "CopiedEvent") return EventType::Copied;
    return EventType::SignOfLife;
}

}  // namespace

bool NotificationBuilder::startElement(ElementName name, const AttributeSource& attributes) {
    if (depth_ == kMaxDepth) return false;
    const At at = child(name, attributes);
    path_[depth_++] = at;
    return within_limits_;
}

bool NotificationBuilder::text(std::string_view piece) {
    if (depth_ == 0 || path_[depth_ - 1] != At::Value) return true;
    if (value_.size() + piece.size() > kMaxValueBytes) return false;
    value_.append(piece);
    return true;
}

void NotificationBuilder::endElement() {
    if (path_[--depth_] == At::Value) endValue();
}

NotificationBuilder::At NotificationBuilder::child(ElementName name,
                                                   const AttributeSource& attributes) {
    if (depth_ == 0) return childOfNothing(name);
    const At parent = path_[depth_ - 1];
    if (parent == At::Envelope) {
        const bool soap = name.space == Space::Soap11 || name.space == Space::Soap12;
        return soap && name.local == "Body" ? At::Body : At::Ignored;
    }
    if (name.space != Space::Exchange) return At::Ignored;
    switch (parent) {
        case At::Body:
            if (name.local != "SendNotification") return At::Ignored;
            found_ = true;
            return At::SendNotification;
        case At::SendNotification:
            return name.local == "ResponseMessages" ? At::ResponseMessages : At::Ignored;
        case At::ResponseMessages:
            return name.local == "SendNotificationResponseMessage" ? startMessage(attributes)
                                                                   : At::Ignored;
        case At::ResponseMessage:
            return childOfMessage(name.local);
        case At::MessageXml:
            return childOfMessageXml(name, attributes);
        case At::Notification:
            return childOfNotification(name.local);
        case At::Event:
            return childOfEvent(name.local, attributes);
        case At::Envelope:
        case At::Value:
        case At::Ignored:
            break;
    }
    return At::Ignored;
}

NotificationBuilder::At NotificationBuilder::childOfNothing(ElementName name) {
    if (name.local != "Envelope") return At::Ignored;
    if (name.space == Space::Soap12) result_.soap = SoapVersion::V12;
    return name.space == Space::Soap11 || name.space == Space::Soap12 ? At::Envelope : At::Ignored;
}

NotificationBuilder::At NotificationBuilder::startMessage(const AttributeSource& attributes) {
    if (result_.messages.size() == kMaxMessages) {
        within_limits_ = false;
        return At::Ignored;
    }
    result_.messages.emplace_back();
    const auto response_class = attributes.attribute("ResponseClass");
    if (response_class == "Error") message().response_class = ResponseClass::Error;
    if (response_class == "Warning") message().response_class = ResponseClass::Warning;
    return At::ResponseMessage;
}

NotificationBuilder::At NotificationBuilder::childOfMessage(std::string_view name) {
    if (name == "Notification") {
        message().has_notification = true;
        return At::Notification;
    }
    if (name == "ResponseCode") return value(Field::ResponseCode);
    if (name == "MessageXml") return At::MessageXml;
    return At::Ignored;
}

NotificationBuilder::At NotificationBuilder::childOfMessageXml(ElementName name,
                                                               const AttributeSource& attributes) {
    if (name.local != "Value") return At::Ignored;
    const auto named = attributes.attribute("Name");
    if (named == "SubscriptionId") return value(Field::SubscriptionIdOfError);
    if (named == "BackOffMilliseconds") return value(Field::BackOff);
    return At::Ignored;
}

NotificationBuilder::At NotificationBuilder::childOfNotification(std::string_view name) {
    if (name == "SubscriptionId") return value(Field::SubscriptionId);
    if (name == "MoreEvents") return value(Field::MoreEvents);
    if (!name.ends_with("Event")) return At::Ignored;
    if (++event_count_ > kMaxEvents) {
        within_limits_ = false;
        return At::Ignored;
    }
    message().events.emplace_back().type = eventType(name);
    return At::Event;
}

NotificationBuilder::At NotificationBuilder::childOfEvent(std::string_view name,
                                                          const AttributeSource& attributes) {
    if (name == "Watermark") return value(Field::Watermark);
    if (name == "TimeStamp") return value(Field::TimeStamp);
    if (name == "UnreadCount") return value(Field::UnreadCount);
    if (name == "FolderId") return folder(event().folder_id, attributes);
    if (name == "ParentFolderId") return folder(event().parent_folder_id, attributes);
    if (name == "OldParentFolderId") return folder(event().old_parent_folder_id, attributes);
    return At::Ignored;
}

NotificationBuilder::At NotificationBuilder::value(Field field) {
    field_ = field;
    value_.clear();
    return At::Value;
}

NotificationBuilder::At NotificationBuilder::folder(std::string& id,
                                                    const AttributeSource& attributes) {
    const std::string_view found = attributes.attribute("Id").value_or(std::string_view());
    if (found.size() > kMaxValueBytes) within_limits_ = false;
    if (within_limits_) id = found;
    return At::Ignored;
}

void NotificationBuilder::endValue() {
    const std::string_view value = kit::trim(value_);
    switch (field_) {
        case Field::ResponseCode:
            message().response_code = value;
            break;
        case Field::SubscriptionIdOfError:
            if (message().subscription_id.empty()) message().subscription_id = value;
            break;
        case Field::BackOff:
            message().back_off_ms = std::max(parseInt(value).value_or(0), 0);
            break;
        case Field::SubscriptionId:
            message().subscription_id = value;
            break;
        case Field::MoreEvents:
            message().more_events = parseBoolean(value);
            break;
        case Field::Watermark:
            if (!value.empty()) message().last_watermark = value;
            break;
        case Field::TimeStamp:
            event().occurred_ms = parseDateTime(value);
            break;
        case Field::UnreadCount:
            event().unread = parseInt(value);
            break;
    }
}

}  // namespace postbell::ews
