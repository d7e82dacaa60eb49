// SPDX-License-Identifier: Apache-2.0
// Microsoft Graph's change notifications as mail events.
#include <algorithm>
#include <charconv>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "content_type.h"
#include "event_folding.h"
#include "handshake.h"
#include "managed_mailboxes.h"
#include "notification_reader.h"
#include "postbell/backend.hpp"

namespace postbell::office365 {
namespace {

constexpr const char* kConfigSchema = R"({
  "$schema": "http://json-schema.org/draft-07/schema#",
  "type": "object",
  "properties": {
    "expiration_minutes": {
      "description": "How long a subscription that an app creates or renews should last. Graph's limit is 10080.",
      "type": "integer", "minimum": 45, "maximum": 10080, "default": 10000
    },
    "tenant_id": {"description": "Managed: the Entra ID tenant.", "type": "string"},
    "client_id": {"description": "Managed: the gateway's app registration.", "type": "string"},
    "client_secret_file": {"description": "Managed: a file with the secret's value.", "type": "string"},
    "certificate_file": {"description": "Managed, in place of a secret: private key and certificate, PEM.", "type": "string"},
    "device_client_ids": {
      "description": "Managed: further applications whose users' id tokens count: the mail app's own.",
      "type": "array", "items": {"type": "string"}, "maxItems": 32
    },
    "cloud": {"type": "string", "enum": ["global", "us-government", "us-government-dod", "china"], "default": "global"},
    "graph_endpoint": {"description": "Only for tests.", "type": "string"},
    "login_endpoint": {"description": "Only for tests.", "type": "string"}
  },
  "additionalProperties": false
})";

/// Graph raises less than 45 minutes to 45, and refuses more than 10,080 counted on its own clock:
/// the default leaves an hour for a phone's that is ahead.
std::uint32_t expirationMinutes(const Host& host) {
    const auto configured = host.config("expiration_minutes");
    if (!configured) return 10'000;
    std::uint32_t minutes = 0;
    const char* end = configured->data() + configured->size();
    const auto [stop, error] = std::from_chars(configured->data(), end, minutes);
    if (error != std::errc() || stop != end || minutes < 45 || minutes > 10'080)
        throw InvalidInput("expiration_minutes must be a whole number from 45 to 10080");
    return minutes;
}

std::string_view reasonFor(Refusal refusal) {
    switch (refusal) {
        case Refusal::Malformed:
            return "not JSON in UTF-8";
        case Refusal::TooComplex:
            return "too many values, or too deeply nested";
        case Refusal::Unexpected:
            return "a collection of change notifications is expected";
    }
    return "not understood";
}

/// Thread-safe.
class Office365Backend final : public Backend {
  public:
    explicit Office365Backend(const Host& host)
        : host_(host),
          expiration_minutes_(expirationMinutes(host)),
          handshakes_(host.counter("office365_handshakes", "Validation requests answered")),
          items_(host.counter("office365_items", "Change and lifecycle notifications understood")),
          lifecycle_(host.counter("office365_lifecycle", "Lifecycle notifications among them")),
          rich_(host.counter("office365_rich", "Notifications whose content was left unread")),
          wrong_proofs_(
              host.counter("office365_wrong_proofs",
                           "Notifications whose clientState is not the callback's proof")),
          refused_(host.counter("office365_refused", "Posts that are no notification")),
          bad_tokens_(host.counter("office365_bad_tokens",
                                   "Posts whose validation tokens are not Microsoft's")) {
        if (auto settings = readManagedSettings(host_, expiration_minutes_))
            managed_ = std::make_unique<ManagedMailboxes>(host_, std::move(*settings));
    }

    Managed* managed() override { return managed_.get(); }
    void start() override {
        if (managed_) managed_->start();
    }

    const std::vector<postbell_route>& routes() const override { return routes_; }

    std::uint32_t describe(std::string& callback) const override {
        callback = R"({"change_type": "created,updated,deleted", )"
                   R"("resource": "me/mailFolders('inbox')/messages", )"
                   R"("expiration_minutes": )" +
                   std::to_string(expiration_minutes_) + "}";
        return 0;  // a subscription may be silent for as long as nothing happens in its mailbox
    }

    void handle(const Request& request, Reply& reply) override {
        if (const auto token = findValidationToken(request.query());
            token && request.body().empty())
            return shakeHands(request, *token, reply);
        if (!announcesJson(request.header("content-type")))
            return refuse(reply, 415, "application/json in UTF-8 is expected");
        auto read = readNotification(request.body());
        if (const auto* refusal = std::get_if<Refusal>(&read))
            return refuse(reply, 400, reasonFor(*refusal));
        auto& notification = std::get<Notification>(read);
        count(notification);
        dropForged(notification);
        for (const FoldedEvent& folded : foldEvents(notification)) stage(folded, reply);
        // Also where it is unwanted: Graph ends no subscription by an answer, it only tries again.
        reply.respond(202);
    }

  private:
    /// Graph asks while the app waits for its subscription, so the answer needs nothing but the
    /// callback.
    void shakeHands(const Request& request, std::string_view encoded, Reply& reply) const {
        if (!request.known()) return reply.respond(404);
        const auto token = decodeValidationToken(encoded);
        if (!token) return refuse(reply, 400, "this validationToken is not one of Graph's");
        host_.add(handshakes_);
        // The caller picks the text: a browser must not take it for anything but text.
        reply.respond(200, {{"content-type", "text/plain"}, {"x-content-type-options", "nosniff"}},
                      *token);
    }

    void stage(const FoldedEvent& folded, Reply& reply) const {
        MailEvent event;
        event.kind = folded.kind;
        event.subscription = folded.subscription;
        event.proof = folded.proof;
        event.dedup_key = folded.dedup_key;
        if (reply.event(event) == Staged::WrongProof) host_.add(wrong_proofs_);
    }

    /// Where the published keys are known, rich items without Microsoft's signature are dropped.
    /// Where they are not, clientState alone has to do: rich items then are mere signs of change.
    void dropForged(Notification& notification) const {
        auto& items = notification.items;
        const auto rich = [](const NotificationItem& item) { return item.has_content; };
        if (!managed_ || std::none_of(items.begin(), items.end(), rich)) return;
        switch (managed_->validate(notification.validation_tokens)) {
            case Verdict::Good:
                return;
            case Verdict::Unknown:
                host_.refreshSoon();
                return;
            case Verdict::Bad:
                host_.add(bad_tokens_);
                items.erase(std::remove_if(items.begin(), items.end(), rich), items.end());
                return;
        }
    }

    void count(const Notification& notification) const {
        std::size_t lifecycle = 0;
        std::size_t rich = 0;
        for (const NotificationItem& item : notification.items) {
            if (!item.lifecycle_event.empty()) ++lifecycle;
            if (item.has_content) ++rich;
        }
        host_.add(items_, static_cast<double>(notification.items.size()));
        if (lifecycle > 0) host_.add(lifecycle_, static_cast<double>(lifecycle));
        if (rich > 0) host_.add(rich_, static_cast<double>(rich));
    }

    void refuse(Reply& reply, int status, std::string_view reason) const {
        host_.add(refused_);
        if (host_.logs(POSTBELL_LOG_DEBUG))
            host_.log(POSTBELL_LOG_DEBUG, "refused a notification", {{"reason", reason}});
        reply.respond(status, "text/plain; charset=utf-8", reason);
    }

    static postbell_route route() {
        postbell_route route = registrationRoute("POST");
        route.needs_proof = 1;
        return route;
    }

    const Host host_;
    const std::uint32_t expiration_minutes_;
    const postbell_counter handshakes_, items_, lifecycle_, rich_, wrong_proofs_, refused_,
        bad_tokens_;
    std::unique_ptr<ManagedMailboxes> managed_;
    const std::vector<postbell_route> routes_{route()};
};

}  // namespace
}  // namespace postbell::office365

POSTBELL_BACKEND(postbell::office365::Office365Backend,
                 postbell::About{"org.postbell.office365", "Office 365 (Microsoft Graph)",
                                 "Postbell", POSTBELL_OFFICE365_VERSION, "Apache-2.0", "",
                                 postbell::office365::kConfigSchema, POSTBELL_NEVER_BLOCKS, "",
                                 POSTBELL_NEEDS_OUTBOUND | POSTBELL_NEEDS_SECRETS});
