// SPDX-License-Identifier: Apache-2.0
#include "backend/staged_reply.h"

#include "plugin/text.h"
#include "util/crypto.h"

namespace postbell::backend {
namespace {

using plugin::view;

constexpr std::size_t kMostEvents = 10'000;
constexpr std::size_t kMostKeyBytes = 512;
constexpr std::size_t kMostNoteBytes = 256;
constexpr std::size_t kMostAnswerBytes = 1024 * 1024;

template <class Body>
postbell_status guarded(Body&& body) noexcept {
    try {
        return body();
    } catch (const std::bad_alloc&) {
        return POSTBELL_ELIMIT;
    } catch (...) {
        return POSTBELL_EINTERNAL;
    }
}

}  // namespace

StagedReply::StagedReply(const std::optional<store::Callback>& callback, std::string_view instance,
                         bool needs_proof, const registry::LifeClock& clock,
                         registry::LastCall last_call)
    : callback_(callback),
      instance_(instance),
      needs_proof_(needs_proof),
      clock_(clock),
      last_call_(std::move(last_call)),
      reply_{{sizeof(postbell_reply), onEvent, onNote, onRespond}, this} {}

postbell_status StagedReply::onEvent(postbell_reply* raw,
                                     const postbell_mail_event* event) noexcept {
    return guarded([&]() -> postbell_status {
        return event ? reinterpret_cast<Raw*>(raw)->self->event(*event) : POSTBELL_EINVAL;
    });
}

postbell_status StagedReply::onNote(postbell_reply* raw, postbell_str text) noexcept {
    return guarded([&]() -> postbell_status {
        if (text.len > kMostNoteBytes) return POSTBELL_EINVAL;
        StagedReply& self = *reinterpret_cast<Raw*>(raw)->self;
        if (!self.callback_ ||
            !std::holds_alternative<store::RegistrationCallback>(self.callback_->of))
            return POSTBELL_ENOTFOUND;
        self.note = std::string(view(text));
        return POSTBELL_OK;
    });
}

postbell_status StagedReply::onRespond(postbell_reply* raw, std::int32_t status,
                                       const postbell_header* headers, std::size_t count,
                                       postbell_bytes body) noexcept {
    return guarded([&]() -> postbell_status {
        if (status < 200 || status > 599 || body.len > kMostAnswerBytes || count > 100 ||
            (headers == nullptr && count > 0) || (body.ptr == nullptr && body.len > 0))
            return POSTBELL_EINVAL;
        net::Response answer;
        answer.status = status;
        for (std::size_t i = 0; i < count; ++i)
            answer.headers.emplace_back(view(headers[i].name), view(headers[i].value));
        answer.body.assign(reinterpret_cast<const char*>(body.ptr), body.len);
        reinterpret_cast<Raw*>(raw)->self->response = std::move(answer);
        return POSTBELL_OK;
    });
}

postbell_status StagedReply::event(const postbell_mail_event& event) {
    if (event.dedup_key.len > kMostKeyBytes || accepted + nobody + denied >= kMostEvents)
        return POSTBELL_EINVAL;
    if (!callback_) {
        ++nobody;
        return POSTBELL_ENOTFOUND;
    }
    if (needs_proof_ &&
        !util::equalConstantTime(util::sha256(view(event.proof)), callback_->proof_hash)) {
        ++denied;
        return POSTBELL_EDENIED;
    }
    if (const auto* mailbox = std::get_if<store::MailboxCallback>(&callback_->of))
        return mailboxEvent(*mailbox, event);
    if (const auto* registration = std::get_if<store::RegistrationCallback>(&callback_->of))
        return registrationEvent(*registration, event);
    ++nobody;
    return POSTBELL_ENOTFOUND;
}

postbell_status StagedReply::registrationEvent(const store::RegistrationCallback& to,
                                               const postbell_mail_event& event) {
    const store::Recipient& registration = to.recipient;
    const std::string id_hash =
        event.subscription.len > 0 ? util::sha256(view(event.subscription)) : std::string();
    const registry::Serving serving =
        registry::serving(registration, instance_, id_hash, clock_, last_call_);
    if (serving == registry::Serving::Nobody) {
        ++nobody;
        return POSTBELL_ENOTFOUND;
    }
    ++accepted;
    const bool reported = serving == registry::Serving::Reported;
    const bool ended = event.kind == POSTBELL_MAIL_ENDED;
    if (reported && !ended) {
        heard = {registration.id};
        // Silence that means nothing makes an end final: what still comes is late, no sign of life.
        const bool has_heartbeat = clock_.resubscribe_after_ms != 0;
        if (registration.subscription.ended_at != 0 && has_heartbeat)
            change(store::SubscriptionChange::Kind::HeardAgain, registration.id);
    }
    switch (event.kind) {
        case POSTBELL_MAIL_NEW:
            stage(store::StagedEvent::Kind::NewMail, to, event, serving);
            break;
        case POSTBELL_MAIL_COUNT:
        case POSTBELL_MAIL_LOST:
            stage(store::StagedEvent::Kind::CountChanged, to, event, serving);
            break;
        case POSTBELL_MAIL_RENEW:
            if (!reported) break;
            change(store::SubscriptionChange::Kind::RenewAsked, registration.id);
            askToCheck(to, registration.subscription.renew_asked_at);
            break;
        case POSTBELL_MAIL_ENDED:
            // Only the reported id can end a subscription.
            if (!reported) break;
            change(store::SubscriptionChange::Kind::Ended, registration.id);
            askToCheck(to, registration.subscription.ended_at);
            break;
        default:
            break;  // a sign of life
    }
    return POSTBELL_OK;
}

/// The gateway holds the subscription itself: what the server says of it is for the scheduler, and
/// mail is for every registration of the mailbox.
postbell_status StagedReply::mailboxEvent(const store::MailboxCallback& to,
                                          const postbell_mail_event& event) {
    using Kind = store::StagedEvent::Kind;
    using Change = store::MailboxChange::Kind;
    const auto changed = [&](Change kind) {
        managed_changed = true;
        mailbox_changes.push_back({to.mailbox, kind, clock_.now_ms});
    };
    const std::string& current = to.subscription_hash;
    // Before the answer to the request that made it, no id is known.
    const bool known = !current.empty();
    if (known && event.subscription.len > 0 && util::sha256(view(event.subscription)) != current) {
        ++nobody;
        return POSTBELL_ENOTFOUND;
    }
    heard.clear();
    for (const store::Recipient& r : to.served)
        if (r.isServed()) heard.push_back(r.id);
    if (heard.empty()) {
        ++nobody;
        changed(Change::Idle);
        return POSTBELL_ENOTFOUND;
    }
    ++accepted;
    switch (event.kind) {
        case POSTBELL_MAIL_NEW:
        case POSTBELL_MAIL_COUNT:
        case POSTBELL_MAIL_LOST:
            for (const store::Recipient& r : to.served) {
                if (!r.isServed()) continue;
                store::StagedEvent mail =
                    staged(event.kind == POSTBELL_MAIL_NEW ? Kind::NewMail : Kind::CountChanged, r);
                // A folder's count is not known to be the inbox's; the gateway reads it itself.
                if (event.folder.len == 0 && event.kind != POSTBELL_MAIL_LOST && event.unread >= 0)
                    mail.count = event.unread;
                mail.occurred = event.occurred_ms > 0 ? event.occurred_ms : 0;
                if (event.dedup_key.len > 0)
                    mail.dedup = util::sha256(view(event.dedup_key)).substr(0, 16);
                events.push_back(std::move(mail));
            }
            break;
        case POSTBELL_MAIL_RENEW:
        case POSTBELL_MAIL_ENDED:
            if (!known) break;
            changed(event.kind == POSTBELL_MAIL_RENEW ? Change::RenewAsked : Change::Ended);
            break;
        default:
            break;  // a sign of life
    }
    return POSTBELL_OK;
}

void StagedReply::stage(store::StagedEvent::Kind kind, const store::RegistrationCallback& to,
                        const postbell_mail_event& event, registry::Serving serving) {
    const store::Recipient& r = to.recipient;
    std::int32_t count =
        event.unread >= 0 && event.kind != POSTBELL_MAIL_LOST ? event.unread : store::kUnknownCount;
    if (event.folder.len > 0) {
        const std::string& reported = r.subscription.folder_hash;
        // The registration is for the inbox: what happens in a folder that is certainly another is
        // a sign of life, no more.
        if (!reported.empty() && util::sha256(view(event.folder)) != reported) return;
        if (reported.empty()) count = store::kUnknownCount;
    }
    if (serving == registry::Serving::Unreported) count = store::kUnknownCount;
    store::StagedEvent event_to_stage = staged(kind, r);
    event_to_stage.data_version = to.data_version;
    event_to_stage.count = count;
    event_to_stage.occurred = event.occurred_ms > 0 ? event.occurred_ms : 0;
    if (event.dedup_key.len > 0)
        event_to_stage.dedup = util::sha256(view(event.dedup_key)).substr(0, 16);
    events.push_back(std::move(event_to_stage));
}

store::StagedEvent StagedReply::staged(store::StagedEvent::Kind kind,
                                       const store::Recipient& r) const {
    store::StagedEvent event;
    event.registration = r.id;
    event.device = r.device;
    event.app = r.app->id;
    event.environment = r.environment;
    event.kind = kind;
    event.received = clock_.now_ms;
    return event;
}

void StagedReply::askToCheck(const store::RegistrationCallback& to, std::int64_t already_asked) {
    if (already_asked != 0) return;  // once; the sweeper asks again, once a day
    events.push_back(staged(store::StagedEvent::Kind::Check, to.recipient));
    nudges = true;
}

void StagedReply::change(store::SubscriptionChange::Kind kind, store::Id registration) {
    changes.push_back({registration, kind, clock_.now_ms});
}

}  // namespace postbell::backend
