// SPDX-License-Identifier: Apache-2.0
#include "backend/staged_reply.h"

#include "backend/mailbox_staging.h"
#include "backend/registration_staging.h"
#include "util/crypto.h"

namespace postbell::backend {

StagedReply::StagedReply(const store::Callback* callback, Message message)
    : callback_(callback), message_(std::move(message)) {}

Acceptance StagedReply::note(std::string text) {
    if (callback_ == nullptr) return Acceptance::Nobody;
    if (const auto* mailbox = std::get_if<store::MailboxCallback>(&callback_->of)) {
        staged_.writes.change({mailbox->mailbox, store::MailboxChange::Kind::Noted,
                               message_.clock.now, std::move(text)});
        return Acceptance::Accepted;
    }
    const auto* registration = std::get_if<store::RegistrationCallback>(&callback_->of);
    if (registration == nullptr) return Acceptance::Nobody;
    staged_.writes.note({registration->recipient.id,
                         store::SubscriptionChange::Kind::Noted,
                         message_.clock.now,
                         {},
                         std::move(text)});
    return Acceptance::Accepted;
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

Acceptance StagedReply::event(const MailEvent& event) {
    if (staged_.tally.events() >= Tally::kMaxEvents) {
        staged_.tally.too_many = true;
        return Acceptance::TooMany;
    }
    if (callback_ == nullptr) {
        ++staged_.tally.nobody;
        return Acceptance::Nobody;
    }
    if (message_.needs_proof &&
        !util::equalConstantTime(util::sha256(event.proof), callback_->proof_hash)) {
        ++staged_.tally.denied;
        return Acceptance::Denied;
    }
    return std::visit([&](const auto& to) { return stage(to, event); }, callback_->of);
}

util::WallTime StagedReply::lastCall() {
    if (!last_call_) last_call_ = message_.last_call();
    return *last_call_;
}

Acceptance StagedReply::stage(const store::RegistrationCallback& to, const MailEvent& event) {
    if (!event.account.empty()) return Acceptance::Malformed;
    const std::string id_hash =
        event.subscription.empty() ? std::string() : util::sha256(event.subscription);
    const registry::Serving serving = registry::serving(
        to.recipient, message_.instance, id_hash, message_.clock, [this] { return lastCall(); });
    if (serving == registry::Serving::Nobody) {
        ++staged_.tally.nobody;
        return Acceptance::Nobody;
    }
    ++staged_.tally.accepted;
    stageForSubscription(to.recipient, event, serving, message_.clock, to.data_version, staged_);
    return Acceptance::Accepted;
}

Acceptance StagedReply::stage(const store::MailboxCallback& to, const MailEvent& event) {
    if (!event.account.empty()) return Acceptance::Malformed;
    return stageForMailbox(to, event, message_.clock.now, staged_);
}

Acceptance StagedReply::stage(const store::ServerCallback& to, const MailEvent& event) {
    if (!server_) server_.emplace(to, message_.clock, message_.events);
    return server_->stage(event, staged_);
}

}  // namespace postbell::backend
