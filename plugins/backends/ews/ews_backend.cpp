// SPDX-License-Identifier: Apache-2.0
// Exchange's push notifications (EWS SendNotification) as mail events.
#include <algorithm>
#include <string>
#include <variant>
#include <vector>

#include "content_type.h"
#include "event_folding.h"
#include "folder_id.h"
#include "notification_parser.h"
#include "postbell/backend.hpp"
#include "soap_answer.h"
#include "xml_values.h"

namespace postbell::ews {
namespace {

constexpr const char* kConfigSchema = R"({
  "$schema": "http://json-schema.org/draft-07/schema#",
  "type": "object",
  "properties": {
    "status_frequency_minutes": {
      "description": "StatusFrequency that apps put into Subscribe: how often an idle Exchange sends a sign of life, and how long it retries.",
      "type": "integer", "minimum": 1, "maximum": 1440, "default": 15
    }
  },
  "additionalProperties": false
})";

/// The range is that of Exchange's SubscriptionStatusFrequencyType.
std::uint32_t statusFrequencyMinutes(const Host& host) {
    const auto configured = host.config("status_frequency_minutes");
    if (!configured) return 15;
    const auto minutes = parseInt(*configured);
    if (!minutes || *minutes < 1 || *minutes > 1440)
        throw InvalidInput("status_frequency_minutes must be a whole number from 1 to 1440");
    return static_cast<std::uint32_t>(*minutes);
}

std::string_view reasonFor(Refusal refusal) {
    switch (refusal) {
        case Refusal::UnsupportedEncoding:
            return "this encoding is not supported; send UTF-8";
        case Refusal::Malformed:
            return "not well-formed XML";
        case Refusal::DocumentType:
            return "a document type declaration is not allowed";
        case Refusal::TooComplex:
            return "too large or too deeply nested";
        case Refusal::NoSendNotification:
            return "SendNotification expected";
    }
    return "not understood";
}

/// A response code is a word of Exchange's; anything else is not put into a log.
std::string_view loggableCode(std::string_view code) {
    const bool word = code.size() <= 64 && std::all_of(code.begin(), code.end(), [](char c) {
                          return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
                      });
    return word ? code : "not a word";
}

/// Thread-safe: immutable but for the parsers that it keeps.
class EwsBackend final : public Backend {
  public:
    explicit EwsBackend(const Host& host)
        : host_(host),
          status_frequency_minutes_(statusFrequencyMinutes(host)),
          notifications_(host.counter("ews_notifications", "SendNotification posts understood")),
          refused_(host.counter("ews_refused", "Posts that are no SendNotification")),
          more_events_(host.counter("ews_more_events", "Messages that announce another at once")),
          errors_(host.counter("ews_errors", "Errors sent by Exchange in place of events")) {}

    const std::vector<postbell_route>& routes() const override { return routes_; }

    std::uint32_t describe(std::string& callback) const override {
        const std::string minutes = std::to_string(status_frequency_minutes_);
        callback = "{\"status_frequency_minutes\": " + minutes + "}";
        return status_frequency_minutes_ * 60'000;
    }

    std::string canonicalFolder(std::string_view id) const override {
        const auto entry = folderEntry(id);
        return entry ? std::string(entry->data(), entry->size()) : std::string();
    }

    void handle(const Request& request, Reply& reply) override {
        const ContentType type = parseContentType(request.header("content-type"));
        if (!type.acceptable)
            return refuse(reply, 415, type.soap, "text/xml or application/soap+xml expected");
        const auto parsed = parser_.parse(request.body(), type.charset);
        if (const auto* refusal = std::get_if<Refusal>(&parsed)) {
            const int status = *refusal == Refusal::UnsupportedEncoding ? 415 : 400;
            return refuse(reply, status, type.soap, reasonFor(*refusal));
        }
        const auto& notification = std::get<SendNotification>(parsed);
        count(notification);
        const bool served = request.known() && stage(notification, reply);
        reply.respond(
            200, contentTypeOf(notification.soap),
            sendNotificationResult(notification.soap, served ? SubscriptionStatus::Ok
                                                             : SubscriptionStatus::Unsubscribe));
    }

  private:
    /// One answer stands for the whole POST, so it ends a subscription only if no event is wanted.
    static bool stage(const SendNotification& notification, Reply& reply) {
        bool served = false;
        for (const FoldedEvent& folded : foldEvents(notification)) {
            const std::string dedup_key = folded.dedupKey();
            MailEvent event;
            event.kind = folded.kind;
            event.subscription = folded.subscription;
            event.folder = folded.folder;
            event.dedup_key = dedup_key;
            event.occurred_ms = folded.occurred_ms;
            event.unread = folded.unread;
            event.retry_after_ms = folded.back_off_ms;
            const auto entry = folderEntry(folded.folder);
            if (entry) event.canonical_folder = {entry->data(), entry->size()};
            served |= reply.event(event) != Staged::NobodySubscribed;
        }
        return served;
    }

    void count(const SendNotification& notification) const {
        host_.add(notifications_);
        for (const ResponseMessage& message : notification.messages) {
            if (message.more_events) host_.add(more_events_);
            if (message.response_class != ResponseClass::Error) continue;
            host_.add(errors_);
            if (host_.logs(POSTBELL_LOG_DEBUG))
                host_.log(POSTBELL_LOG_DEBUG, "Exchange reports an error",
                          {{"code", loggableCode(message.response_code)}});
        }
    }

    void refuse(Reply& reply, int status, SoapVersion soap, std::string_view reason) const {
        host_.add(refused_);
        if (host_.logs(POSTBELL_LOG_DEBUG))
            host_.log(POSTBELL_LOG_DEBUG, "refused a notification", {{"reason", reason}});
        reply.respond(status, contentTypeOf(soap), senderFault(soap, reason));
    }

    const Host host_;
    const std::uint32_t status_frequency_minutes_;
    const postbell_counter notifications_, refused_, more_events_, errors_;
    NotificationParser parser_;
    const std::vector<postbell_route> routes_{registrationRoute("POST")};
};

}  // namespace
}  // namespace postbell::ews

POSTBELL_BACKEND(postbell::ews::EwsBackend,
                 postbell::About{"org.postbell.ews", "Exchange Web Services", "Postbell",
                                 POSTBELL_EWS_VERSION, "Apache-2.0", "",
                                 postbell::ews::kConfigSchema, POSTBELL_NEVER_BLOCKS});
