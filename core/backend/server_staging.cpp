// SPDX-License-Identifier: Apache-2.0
#include "backend/server_staging.h"

#include <algorithm>

#include "backend/registration_staging.h"
#include "registry/keys.h"
#include "store/reach.h"
#include "util/crypto.h"

namespace postbell::backend {
namespace {

using registry::Serving;

/// Of one message, whatever it names: another mail server's messages do not wait long for it.
constexpr std::size_t kMaxReached = 10'000;

/// False: the message has reached too many already.
bool reach(Staged& staged) {
    const std::size_t reached =
        std::max({staged.events.size(), staged.heard.size(), staged.changes.size()});
    if (reached >= kMaxReached) staged.left_out = true;
    return reached < kMaxReached;
}

/// An app chose what it reported, and only who can read the mailbox knows the id.
bool stageForReported(const store::TenantCallback& callback, const MailEvent& event,
                      store::Events& events, const registry::LifeClock& clock, Staged& staged) {
    const std::string id_hash = util::sha256(event.subscription);
    const auto recipients = events.reportedBy(callback.tenant, callback.instance, id_hash);
    if (recipients.size() >= store::kMaxRecipients) staged.left_out = true;
    bool served = false;
    for (const store::Recipient& recipient : recipients) {
        const Serving serving = registry::serving(recipient, callback.instance, id_hash, clock,
                                                  [] { return util::WallTime(); });
        if (serving != Serving::Reported) continue;
        served = true;
        if (reach(staged)) stageForSubscription(recipient, event, serving, clock, 0, staged);
    }
    return served;
}

/// There is no subscription that could end: whatever the server says of an account is mail, or a
/// sign of life.
bool stageForAccount(const store::ServerCallback& server, const MailEvent& event,
                     store::Events& events, const registry::LifeClock& clock, Staged& staged) {
    const auto recipients = events.provenFor(
        server.callback.tenant,
        registry::accountKey(server.tenant_hash_key, registry::accountHash(event.account)));
    if (recipients.size() >= store::kMaxRecipients) staged.left_out = true;
    bool served = false;
    for (const store::Recipient& recipient : recipients) {
        if (!recipient.isServed()) continue;
        served = true;
        if (!reach(staged)) continue;
        staged.heard.push_back(recipient.id);
        if (event.isMail()) stageMail(recipient, event, Serving::Reported, clock.now, 0, staged);
    }
    return served;
}

}  // namespace

postbell_status stageForServer(const store::ServerCallback& server, const MailEvent& event,
                               store::Events& events, const registry::LifeClock& clock,
                               Staged& staged) {
    // Which of the two is meant must be plain.
    if (event.subscription.empty() == event.account.empty()) return POSTBELL_EINVAL;
    const bool served = event.account.empty()
                            ? stageForReported(server.callback, event, events, clock, staged)
                            : stageForAccount(server, event, events, clock, staged);
    ++(served ? staged.accepted : staged.nobody);
    return served ? POSTBELL_OK : POSTBELL_ENOTFOUND;
}

}  // namespace postbell::backend
