// SPDX-License-Identifier: Apache-2.0
// The webhook of a mail server that no plugin exists for: a mapping in the config says where its
// JSON has the address, the count and the rest.
#include <string>
#include <variant>
#include <vector>

#include "authentication.h"
#include "event_reader.h"
#include "mapping.h"
#include "postbell/backend.hpp"
#include "postbell/kit/content_type.hpp"

namespace postbell::webhook {
namespace {

constexpr const char* kConfigSchema = R"({
  "$schema": "http://json-schema.org/draft-07/schema#",
  "type": "object",
  "definitions": {"texts": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 100}},
  "properties": {
    "auth": {
      "description": "How the mail server shows the secret of the tenant's callback: in Authorization (bearer, or basic as its password), as the key of a signature of the body (hmac-sha256), or not at all (url: the callback's URL is the only secret).",
      "type": "string", "enum": ["bearer", "basic", "hmac-sha256", "url"], "default": "bearer"
    },
    "signature_header": {
      "description": "With hmac-sha256: the header with the signature, in base64 or hexadecimal.",
      "type": "string", "default": "x-signature"
    },
    "signature_prefix": {
      "description": "With hmac-sha256: the text in front of the signature, such as \"sha256=\".",
      "type": "string", "default": ""
    },
    "events": {
      "description": "JSON pointer (RFC 6901) to the array of events in the body, or to the one event; empty: the body itself. All pointers below begin at an event.",
      "type": "string", "default": ""
    },
    "account": {
      "description": "JSON pointer to the mailbox's address, or to an array of addresses.",
      "type": "string"
    },
    "type": {
      "description": "JSON pointer to the event's type; without it each event is new mail.",
      "type": "string"
    },
    "new": {"description": "The types that mean new mail.", "$ref": "#/definitions/texts"},
    "count_changed": {"description": "The types that mean that only the unread count changed.", "$ref": "#/definitions/texts"},
    "unread": {
      "description": "JSON pointer to the inbox's unread count, a whole number.",
      "type": "string"
    },
    "id": {
      "description": "JSON pointer to a value that names the message or event, so that a repetition does not ring again.",
      "type": "string"
    },
    "folder": {
      "description": "JSON pointer to the folder's name or id, or to an array of them; without it each event is the inbox's.",
      "type": "string"
    },
    "inbox": {"description": "The values of folder that mean the inbox.", "$ref": "#/definitions/texts"}
  },
  "required": ["account"],
  "additionalProperties": false
})";

ConfigReader configOf(const Host& host) {
    return [&host](const char* key) { return host.config(key); };
}

std::string_view reasonFor(Refusal refusal) {
    switch (refusal) {
        case Refusal::NotJson:
            return "JSON expected, of small depth, with each name once";
        case Refusal::NoEvents:
            return "the config's `events` leads to no object and no array in this body";
        case Refusal::TooMany:
            return "more than 1000 events, or mailboxes of events";
    }
    return "not understood";
}

/// Thread-safe: immutable.
class WebhookBackend final : public Backend {
  public:
    explicit WebhookBackend(const Host& host)
        : host_(host),
          authentication_(configOf(host)),
          mapping_(readMapping(configOf(host))),
          events_(host.counter("webhook_events", "Events understood, one for each mailbox")),
          ignored_(host.counter("webhook_ignored",
                                "Events of a type or folder that the config does not name")),
          unreadable_(host.counter("webhook_unreadable",
                                   "Events without an address where the config says it is")),
          refused_(host.counter("webhook_refused", "Requests that are no events")),
          wrong_secret_(host.counter("webhook_wrong_secret",
                                     "Requests without the secret of the tenant's callback")),
          routes_{tenantRoute("POST", authentication_.needsSecret())} {}

    const std::vector<postbell_route>& routes() const override { return routes_; }

    void handle(const Request& request, Reply& reply) override {
        if (!request.known()) return reply.respond(404, "text/plain", "there is no such callback");
        const auto header = [&](std::string_view name) { return request.header(name); };
        if (!authentication_.isShown(request.callbackSecret(), header, request.body())) {
            host_.add(wrong_secret_);
            const std::string expected = authentication_.expectation();
            reply.problem("the mail server's secret is missing or wrong: expected " + expected);
            return reply.respond(401, "text/plain", "expected " + expected);
        }
        const auto type = kit::parseContentType(request.header("content-type"));
        if (!type.media.empty() && !kit::equalsIgnoringCase(type.media, "application/json"))
            return refuse(reply, 415, "application/json expected");
        const auto read = readEvents(request.body(), mapping_);
        if (const auto* refusal = std::get_if<Refusal>(&read))
            return refuse(reply, 400, reasonFor(*refusal));
        stage(std::get<Reading>(read), reply);
        // The same for all mailboxes, with a phone or without.
        reply.respond(204);
    }

  private:
    void stage(const Reading& reading, Reply& reply) const {
        for (const Event& event : reading.events) {
            MailEvent mail;
            mail.kind = event.type == Event::Type::NewMail ? MailKind::New : MailKind::Count;
            mail.account = event.account;
            mail.unread = event.unread;
            // Counts come without a key: a mail may be read, marked as unread, and read again.
            if (mail.kind == MailKind::New) mail.dedup_key = event.id;
            (void)reply.event(mail);
        }
        host_.add(events_, static_cast<double>(reading.events.size()));
        host_.add(ignored_, static_cast<double>(reading.ignored));
        if (reading.unreadable == 0) return;
        host_.add(unreadable_, static_cast<double>(reading.unreadable));
        reply.problem(
            "an event has no address where the config's `account` says it is: nobody was reached");
    }

    void refuse(Reply& reply, int status, std::string_view reason) const {
        host_.add(refused_);
        if (host_.logs(POSTBELL_LOG_DEBUG))
            host_.log(POSTBELL_LOG_DEBUG, "refused a body", {{"reason", reason}});
        reply.respond(status, "text/plain", reason);
    }

    const Host host_;
    const Authentication authentication_;
    const Mapping mapping_;
    const postbell_counter events_, ignored_, unreadable_, refused_, wrong_secret_;
    const std::vector<postbell_route> routes_;
};

}  // namespace
}  // namespace postbell::webhook

POSTBELL_BACKEND(postbell::webhook::WebhookBackend,
                 postbell::About{"org.postbell.webhook", "Webhook", "Postbell",
                                 POSTBELL_WEBHOOK_VERSION, "Apache-2.0", "",
                                 postbell::webhook::kConfigSchema, POSTBELL_NEVER_BLOCKS});
