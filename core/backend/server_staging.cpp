// SPDX-License-Identifier: Apache-2.0
#include "backend/server_staging.h"

#include "backend/registration_staging.h"
#include "registry/keys.h"
#include "store/records/reach.h"
#include "util/crypto.h"

namespace postbell::backend {

using registry::Serving;

Acceptance ServerStaging::stage(const MailEvent& event, Staged& staged) {
    // Which of the two is meant must be plain.
    if (event.subscription.empty() == event.account.empty()) return Acceptance::Malformed;
    Named* const named = find(event, staged);
    if (named != nullptr && named->recipients.empty()) {
        ++staged.tally.nobody;
        return Acceptance::Nobody;
    }
    ++staged.tally.accepted;
    if (named == nullptr) {
        staged.tally.left_out = true;
        return Acceptance::Accepted;
    }
    for (const store::Recipient& recipient : named->recipients) {
        const bool first = &recipient == &named->recipients.front();
        if (!first && named->reached >= kMaxReachedByName) {
            staged.tally.left_out = true;
            break;
        }
        if (!staged.tally.reach()) break;
        ++named->reached;
        stageFor(recipient, event, staged);
    }
    return Acceptance::Accepted;
}

/// Null: the message has named so many that the store is not asked for more.
ServerStaging::Named* ServerStaging::find(const MailEvent& event, Staged& staged) {
    const bool by_account = event.subscription.empty();
    ByName& known = by_account ? proven_ : reported_;
    const std::string_view name = by_account ? event.account : event.subscription;
    if (const auto found = known.find(name); found != known.end()) return &found->second;
    if (read_ >= Tally::kMaxReached || reported_.size() + proven_.size() >= kMaxNames)
        return nullptr;
    return &known.emplace(name, Named{read(event, staged)}).first->second;
}

ServerStaging::Recipients ServerStaging::read(const MailEvent& event, Staged& staged) {
    const store::TenantCallback& callback = server_.callback;
    const bool by_account = event.subscription.empty();
    const std::string key = by_account ? registry::accountKey(server_.tenant_hash_key,
                                                              registry::accountHash(event.account))
                                       : util::sha256(event.subscription);
    const util::RealTime begun = util::realNow();
    Recipients recipients = by_account
                                ? events_.provenFor(callback.tenant, callback.instance, key)
                                : events_.reportedBy(callback.tenant, callback.instance, key);
    reading_time_ += util::realNow() - begun;
    read_ += recipients.size();
    if (recipients.size() >= store::kMaxRecipients) staged.tally.left_out = true;
    std::erase_if(recipients, [&](const store::Recipient& r) {
        return by_account ? !r.isServed()
                          : registry::serving(r, callback.instance, key, clock_,
                                              [] { return util::WallTime(); }) != Serving::Reported;
    });
    return recipients;
}

void ServerStaging::stageFor(const store::Recipient& recipient, const MailEvent& event,
                             Staged& staged) const {
    if (event.account.empty())
        return stageForSubscription(recipient, event, Serving::Reported, clock_, 0, staged);
    // There is no subscription that could end: an event of an account is mail, or a sign of life.
    staged.heard.push_back({recipient.id, false});
    if (event.isMail()) stageMail(recipient, event, Serving::Reported, clock_.now, 0, staged);
}

std::vector<const store::Recipient*> ServerStaging::recipients(std::size_t max) const {
    std::vector<const store::Recipient*> found;
    for (const ByName* known : {&reported_, &proven_})
        for (const auto& [name, named] : *known)
            for (const store::Recipient& recipient : named.recipients)
                if (found.size() < max) found.push_back(&recipient);
    return found;
}

}  // namespace postbell::backend
