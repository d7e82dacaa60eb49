// SPDX-License-Identifier: Apache-2.0
// The notifications of Dovecot's push drivers (OX, and our Lua script) as mail events.
#include <string>
#include <variant>
#include <vector>

#include "addressing.h"
#include "notification_reader.h"
#include "postbell/backend.hpp"
#include "postbell/kit/authorization.hpp"
#include "postbell/kit/constant_time.hpp"
#include "postbell/kit/content_type.hpp"

namespace postbell::dovecot {
namespace {

constexpr const char* kConfigSchema = R"({
  "$schema": "http://json-schema.org/draft-07/schema#",
  "type": "object",
  "properties": {
    "addressing": {
      "description": "What `user` in Dovecot's notifications is: the id that the app put into the mailbox's METADATA (user_from_metadata), or the login name, which must be the mailbox's address; then an admin approves each registration.",
      "type": "string", "enum": ["metadata", "account"], "default": "metadata"
    }
  },
  "additionalProperties": false
})";

/// The entry of IMAP METADATA (RFC 5464) that apps write and the OX driver reads.
constexpr const char* kMetadataCallback =
    R"({"metadata_entry": "/private/vendor/vendor.dovecot/http-notify", "metadata_prefix": "user="})";

Addressing addressingOf(const Host& host) {
    const auto addressing = parseAddressing(host.config("addressing").value_or("metadata"));
    if (!addressing) throw InvalidInput("addressing must be \"metadata\" or \"account\"");
    return *addressing;
}

std::string_view reasonFor(Refusal refusal) {
    switch (refusal) {
        case Refusal::NotJson:
            return "JSON expected, of small depth, with each name once";
        case Refusal::NoNotification:
            return "an object with the texts user, event and folder expected, as the OX driver "
                   "sends it";
        case Refusal::UserTooLong:
            return "user is longer than 1024 bytes";
    }
    return "not understood";
}

MailKind kindOf(const Notification& notification) {
    // A badge is the inbox's count; news of another folder is a sign of life alone.
    if (!notification.is_inbox) return MailKind::Heard;
    switch (notification.type) {
        case EventType::NewMail:
            return MailKind::New;
        case EventType::CountChanged:
            return MailKind::Count;
        case EventType::Other:
            return MailKind::Heard;
    }
    return MailKind::Heard;
}

/// Thread-safe: immutable.
class DovecotBackend final : public Backend {
  public:
    explicit DovecotBackend(const Host& host)
        : host_(host),
          addressing_(addressingOf(host)),
          notifications_(host.counter("dovecot_notifications", "Notifications understood")),
          refused_(host.counter("dovecot_refused", "Requests that are no notification")),
          wrong_secret_(host.counter("dovecot_wrong_secret",
                                     "Requests without the secret of the tenant's callback")),
          not_addressed_(host.counter("dovecot_not_addressed",
                                      "Notifications whose user is no id out of METADATA")) {}

    const std::vector<postbell_route>& routes() const override { return routes_; }

    std::uint32_t describe(std::string& callback) const override {
        if (addressing_ == Addressing::Metadata) callback = kMetadataCallback;
        return 0;  // Dovecot gives no sign of life for an idle mailbox
    }

    void handle(const Request& request, Reply& reply) override {
        if (!request.known()) return reply.respond(404, "text/plain", "there is no such callback");
        if (!showsSecret(request)) {
            host_.add(wrong_secret_);
            reply.problem(
                "Dovecot sends no password, or a wrong one: its URL must be "
                "https://postbell:SECRET@..., with the secret of this callback");
            return reply.respond(
                401,
                {{"content-type", "text/plain"}, {"www-authenticate", "Basic realm=\"postbell\""}},
                "the password in the URL is missing or wrong");
        }
        const auto type = kit::parseContentType(request.header("content-type"));
        if (!type.media.empty() && !kit::equalsIgnoringCase(type.media, "application/json"))
            return refuse(reply, 415, "application/json expected");
        const auto read = readNotification(request.body());
        if (const auto* refusal = std::get_if<Refusal>(&read))
            return refuse(reply, 400, reasonFor(*refusal));
        host_.add(notifications_);
        stage(std::get<Notification>(read), reply);
        // Most users have no phone registered: Dovecot gets the same answer for them.
        reply.respond(204);
    }

  private:
    static bool showsSecret(const Request& request) {
        if (request.callbackSecret().empty()) return true;
        const auto password = kit::basicPassword(request.header("authorization"));
        return password && kit::equalConstantTime(*password, request.callbackSecret());
    }

    void stage(const Notification& notification, Reply& reply) const {
        MailEvent event;
        event.kind = kindOf(notification);
        if (addressing_ == Addressing::Account) {
            event.account = notification.user;
        } else if (hasIdForm(notification.user)) {
            event.subscription = notification.user;
        } else {
            host_.add(not_addressed_);
            return reply.problem(
                "a notification's user is no id of 43 characters or more: is user_from_metadata "
                "missing in Dovecot's push driver, or did another program write the METADATA?");
        }
        event.unread = notification.unseen;
        // Counts come without a key: the same message may be read, marked as unread and read again.
        if (event.kind == MailKind::New) event.dedup_key = notification.message;
        (void)reply.event(event);
    }

    void refuse(Reply& reply, int status, std::string_view reason) const {
        host_.add(refused_);
        if (host_.logs(POSTBELL_LOG_DEBUG))
            host_.log(POSTBELL_LOG_DEBUG, "refused a notification", {{"reason", reason}});
        reply.respond(status, "text/plain", reason);
    }

    const Host host_;
    const Addressing addressing_;
    const postbell_counter notifications_, refused_, wrong_secret_, not_addressed_;
    const std::vector<postbell_route> routes_{tenantRoute("PUT")};
};

}  // namespace
}  // namespace postbell::dovecot

POSTBELL_BACKEND(postbell::dovecot::DovecotBackend,
                 postbell::About{"org.postbell.dovecot", "Dovecot", "Postbell",
                                 POSTBELL_DOVECOT_VERSION, "Apache-2.0", "",
                                 postbell::dovecot::kConfigSchema, POSTBELL_NEVER_BLOCKS});
