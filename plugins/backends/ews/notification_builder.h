// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "notification.h"

namespace postbell::ews {

enum class Space { Soap11, Soap12, Exchange, Other };

/// An element's name. Exchange's two namespaces (messages and types) count as one: servers put
/// Notification into either, and no name means two things.
struct ElementName {
    Space space = Space::Other;
    std::string_view local;
};

/// Where an element's unqualified attributes are found.
class AttributeSource {
  public:
    virtual ~AttributeSource() = default;
    virtual std::optional<std::string_view> attribute(std::string_view name) const = 0;
};

/// Makes a SendNotification of a document's elements, in one pass and without keeping the others.
/// Unknown elements are passed over with everything in them. Confined to one document.
class NotificationBuilder {
  public:
    static constexpr std::size_t kMaxDepth = 32;  ///< Exchange nests eight deep
    static constexpr std::size_t kMaxValueBytes =
        4096;                                         ///< ids and watermarks have about a hundred
    static constexpr std::size_t kMaxMessages = 256;  ///< Exchange sends one
    static constexpr std::size_t kMaxEvents = 2048;   ///< more of Exchange's do not fit into 1 MiB

    /// Each returns false when a limit is exceeded; the document is then to be given up.
    bool startElement(ElementName name, const AttributeSource& attributes);
    bool text(std::string_view piece);
    void endElement();

    /// False: there was no SendNotification where SOAP puts it.
    bool found() const noexcept { return found_; }
    SendNotification take() { return std::move(result_); }

  private:
    enum class At {
        Envelope,
        Body,
        SendNotification,
        ResponseMessages,
        ResponseMessage,
        MessageXml,
        Notification,
        Event,
        Value,
        Ignored
    };
    enum class Field {
        ResponseCode,
        SubscriptionIdOfError,
        BackOff,
        SubscriptionId,
        MoreEvents,
        Watermark,
        TimeStamp,
        UnreadCount
    };

    At child(ElementName name, const AttributeSource& attributes);
    At childOfNothing(ElementName name);
    At startMessage(const AttributeSource& attributes);
    At childOfMessage(std::string_view name);
    At childOfMessageXml(ElementName name, const AttributeSource& attributes);
    At childOfNotification(std::string_view name);
    At childOfEvent(std::string_view name, const AttributeSource& attributes);
    At value(Field field);
    At folder(std::string& id, const AttributeSource& attributes);
    void endValue();
    ResponseMessage& message() { return result_.messages.back(); }
    MailboxEvent& event() { return message().events.back(); }

    std::array<At, kMaxDepth> path_{};
    std::size_t depth_ = 0;
    Field field_ = Field::ResponseCode;
    std::string value_;
    std::size_t event_count_ = 0;
    bool found_ = false;
    bool within_limits_ = true;
    SendNotification result_;
};

}  // namespace postbell::ews
