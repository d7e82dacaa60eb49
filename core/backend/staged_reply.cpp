// SPDX-License-Identifier: Apache-2.0
#include "backend/staged_reply.h"

#include "plugin/text.h"
#include "util/crypto.h"

namespace postbell::backend {
namespace {

using plugin::view;

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
      reply_{{sizeof(postbell_reply), onEvent, onNote, onRespond, onProblem}, this} {}

postbell_status StagedReply::onEvent(postbell_reply* raw,
                                     const postbell_mail_event* event) noexcept {
    return guarded([&]() -> postbell_status {
        if (event == nullptr || event->size < POSTBELL_MAIL_EVENT_V1_SIZE) return POSTBELL_EINVAL;
        return reinterpret_cast<Raw*>(raw)->self->event(*event);
    });
}

postbell_status StagedReply::onNote(postbell_reply* raw, postbell_str text) noexcept {
    return guarded([&]() -> postbell_status {
        if (view(text).empty() || text.len > POSTBELL_MAX_NOTE_BYTES) return POSTBELL_EINVAL;
        StagedReply& self = *reinterpret_cast<Raw*>(raw)->self;
        if (!self.callback_ || self.callback_->managed != 0) return POSTBELL_ENOTFOUND;
        self.note = std::string(view(text));
        return POSTBELL_OK;
    });
}

postbell_status StagedReply::onRespond(postbell_reply* raw, std::int32_t status,
                                       const postbell_header* headers, std::size_t count,
                                       postbell_bytes body) noexcept {
    return guarded([&]() -> postbell_status {
        if (status < 200 || status > 599 || body.len > POSTBELL_MAX_ANSWER_BYTES ||
            count > POSTBELL_MAX_ANSWER_HEADERS || (headers == nullptr && count > 0) ||
            (body.ptr == nullptr && body.len > 0))
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

postbell_status StagedReply::onProblem(postbell_reply* raw, postbell_str sentence) noexcept {
    return guarded([&]() -> postbell_status {
        reinterpret_cast<Raw*>(raw)->self->problem =
            plugin::printable(view(sentence), POSTBELL_MAX_PROBLEM_BYTES);
        return POSTBELL_OK;
    });
}

postbell_status StagedReply::event(const postbell_mail_event& event) {
    if (event.kind == 0 || event.dedup_key.len > POSTBELL_MAX_DEDUP_KEY_BYTES ||
        event.account.len > 0)
        return POSTBELL_EINVAL;
    if (accepted + nobody + denied >= POSTBELL_MAX_EVENTS) return POSTBELL_ELIMIT;
    if (!callback_) {
        ++nobody;
        return POSTBELL_ENOTFOUND;
    }
    if (needs_proof_ &&
        !util::equalConstantTime(util::sha256(view(event.proof)), callback_->proof_hash)) {
        ++denied;
        return POSTBELL_EDENIED;
    }
    if (callback_->managed != 0) return managedEvent(event);
    const store::Registration& registration = callback_->registration;
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
            stage(store::StagedEvent::Kind::NewMail, event, serving);
            break;
        case POSTBELL_MAIL_COUNT:
        case POSTBELL_MAIL_LOST:
            stage(store::StagedEvent::Kind::CountChanged, event, serving);
            break;
        case POSTBELL_MAIL_RENEW:
            if (!reported) break;
            change(store::SubscriptionChange::Kind::RenewAsked, registration.id);
            askToCheck(registration.subscription.renew_asked_at);
            break;
        case POSTBELL_MAIL_ENDED:
            // Only the reported id can end a subscription.
            if (!reported) break;
            change(store::SubscriptionChange::Kind::Ended, registration.id);
            askToCheck(registration.subscription.ended_at);
            break;
        default:
            break;  // a sign of life
    }
    return POSTBELL_OK;
}

/// The gateway holds the subscription itself: what the server says of it is for the scheduler, and
/// mail is for every registration of the mailbox.
postbell_status StagedReply::managedEvent(const postbell_mail_event& event) {
    using Kind = store::StagedEvent::Kind;
    using Change = store::SubscriptionChange::Kind;
    const std::string& current = callback_->subscription_hash;
    // Before the answer to the request that made it, no id is known.
    const bool known = !current.empty();
    if (known && event.subscription.len > 0 && util::sha256(view(event.subscription)) != current) {
        ++nobody;
        return POSTBELL_ENOTFOUND;
    }
    heard.clear();
    for (const store::Registration& r : callback_->served)
        if (r.app_enabled && r.device_dead_at == 0) heard.push_back(r.id);
    if (heard.empty()) {
        ++nobody;
        managed_changed = true;
        change(Change::ManagedIdle, callback_->managed);
        return POSTBELL_ENOTFOUND;
    }
    ++accepted;
    switch (event.kind) {
        case POSTBELL_MAIL_NEW:
        case POSTBELL_MAIL_COUNT:
        case POSTBELL_MAIL_LOST:
            for (const store::Registration& r : callback_->served) {
                if (!r.app_enabled || r.device_dead_at != 0) continue;
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
            change(event.kind == POSTBELL_MAIL_RENEW ? Change::ManagedRenewAsked
                                                     : Change::ManagedEnded,
                   callback_->managed);
            managed_changed = true;
            break;
        default:
            break;  // a sign of life
    }
    return POSTBELL_OK;
}

void StagedReply::stage(store::StagedEvent::Kind kind, const postbell_mail_event& event,
                        registry::Serving serving) {
    const store::Registration& r = callback_->registration;
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
    event_to_stage.count = count;
    event_to_stage.occurred = event.occurred_ms > 0 ? event.occurred_ms : 0;
    if (event.dedup_key.len > 0)
        event_to_stage.dedup = util::sha256(view(event.dedup_key)).substr(0, 16);
    events.push_back(std::move(event_to_stage));
}

store::StagedEvent StagedReply::staged(store::StagedEvent::Kind kind,
                                       const store::Registration& r) const {
    store::StagedEvent event;
    event.as_of = callback_->as_of;
    event.registration = r.id;
    event.device = r.device;
    event.app = r.app;
    event.environment = r.environment;
    event.kind = kind;
    event.received = clock_.now_ms;
    return event;
}

void StagedReply::askToCheck(std::int64_t already_asked) {
    if (already_asked != 0) return;  // once; the sweeper asks again, once a day
    events.push_back(staged(store::StagedEvent::Kind::Check, callback_->registration));
    nudges = true;
}

void StagedReply::change(store::SubscriptionChange::Kind kind, store::Id id) {
    changes.push_back({id, kind, clock_.now_ms});
}

}  // namespace postbell::backend
