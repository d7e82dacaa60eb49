// SPDX-License-Identifier: Apache-2.0
#include "backend/staged_reply.h"

#include <new>

#include "backend/mailbox_staging.h"
#include "backend/registration_staging.h"
#include "plugin/text.h"
#include "util/crypto.h"
#include "util/printable.h"

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

StagedReply::StagedReply(const store::Callback* callback, Message message)
    : callback_(callback),
      message_(std::move(message)),
      reply_{{sizeof(postbell_reply), onEvent, onNote, onRespond, onProblem}, this} {}

postbell_status StagedReply::onEvent(postbell_reply* raw,
                                     const postbell_mail_event* event) noexcept {
    return guarded([&]() -> postbell_status {
        const auto read = event == nullptr ? std::nullopt : MailEvent::read(*event);
        return read ? reinterpret_cast<Raw*>(raw)->self->event(*read) : POSTBELL_EINVAL;
    });
}

postbell_status StagedReply::onNote(postbell_reply* raw, postbell_str text) noexcept {
    return guarded([&]() -> postbell_status {
        if (view(text).empty() || text.len > POSTBELL_MAX_NOTE_BYTES) return POSTBELL_EINVAL;
        std::string note = util::printable(view(text));
        StagedReply& self = *reinterpret_cast<Raw*>(raw)->self;
        if (self.callback_ == nullptr) return POSTBELL_ENOTFOUND;
        if (const auto* mailbox = std::get_if<store::MailboxCallback>(&self.callback_->of)) {
            self.staged_.change({mailbox->mailbox, store::MailboxChange::Kind::Noted,
                                 self.message_.clock.now, std::move(note)});
            return POSTBELL_OK;
        }
        if (!std::holds_alternative<store::RegistrationCallback>(self.callback_->of))
            return POSTBELL_ENOTFOUND;
        self.staged_.note = std::move(note);
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
        reinterpret_cast<Raw*>(raw)->self->staged_.response = std::move(answer);
        return POSTBELL_OK;
    });
}

postbell_status StagedReply::onProblem(postbell_reply* raw, postbell_str sentence) noexcept {
    return guarded([&]() -> postbell_status {
        reinterpret_cast<Raw*>(raw)->self->staged_.problem =
            util::printable(view(sentence), POSTBELL_MAX_PROBLEM_BYTES);
        return POSTBELL_OK;
    });
}

std::vector<const store::Recipient*> StagedReply::recipients(std::size_t max) const {
    if (server_) return server_->recipients(max);
    std::vector<const store::Recipient*> found;
    if (callback_ == nullptr) return found;
    if (const auto* one = std::get_if<store::RegistrationCallback>(&callback_->of))
        found.push_back(&one->recipient);
    if (const auto* mailbox = std::get_if<store::MailboxCallback>(&callback_->of))
        for (const store::Recipient& served : mailbox->served)
            if (found.size() < max) found.push_back(&served);
    return found;
}

postbell_status StagedReply::event(const MailEvent& event) {
    if (staged_.accepted + staged_.nobody + staged_.denied >= POSTBELL_MAX_EVENTS) {
        staged_.too_many = true;
        return POSTBELL_ELIMIT;
    }
    if (callback_ == nullptr) {
        ++staged_.nobody;
        return POSTBELL_ENOTFOUND;
    }
    if (message_.needs_proof &&
        !util::equalConstantTime(util::sha256(event.proof), callback_->proof_hash)) {
        ++staged_.denied;
        return POSTBELL_EDENIED;
    }
    return std::visit([&](const auto& to) { return stage(to, event); }, callback_->of);
}

util::WallTime StagedReply::lastCall() {
    if (!last_call_) last_call_ = message_.last_call();
    return *last_call_;
}

postbell_status StagedReply::stage(const store::RegistrationCallback& to, const MailEvent& event) {
    if (!event.account.empty()) return POSTBELL_EINVAL;
    const std::string id_hash =
        event.subscription.empty() ? std::string() : util::sha256(event.subscription);
    const registry::Serving serving = registry::serving(
        to.recipient, message_.instance, id_hash, message_.clock, [this] { return lastCall(); });
    if (serving == registry::Serving::Nobody) {
        ++staged_.nobody;
        return POSTBELL_ENOTFOUND;
    }
    ++staged_.accepted;
    stageForSubscription(to.recipient, event, serving, message_.clock, to.data_version, staged_);
    return POSTBELL_OK;
}

postbell_status StagedReply::stage(const store::MailboxCallback& to, const MailEvent& event) {
    if (!event.account.empty()) return POSTBELL_EINVAL;
    return stageForMailbox(to, event, message_.clock.now, staged_);
}

postbell_status StagedReply::stage(const store::ServerCallback& to, const MailEvent& event) {
    if (!server_) server_.emplace(to, message_.clock, message_.events);
    return server_->stage(event, staged_);
}

}  // namespace postbell::backend
