// SPDX-License-Identifier: Apache-2.0
#include "store/mailboxes_desk.h"

#include "store/sealed_places.h"
#include "store/served_mailbox.h"
#include "util/crypto.h"

namespace postbell::store {

ManagedMailbox MailboxesDesk::opened(SealedMailbox mailbox) const {
    const auto open = [&](const char* place, std::string& value) {
        value = database_.opened(place, mailbox.key, value);
    };
    ManagedMailbox& m = mailbox.row;
    open(kMailboxPlace, m.mailbox);
    if (!m.subscription.empty()) open(kMailboxSubscriptionPlace, m.subscription);
    return std::move(m);
}

std::vector<ManagedMailbox> MailboxesDesk::dueMailboxes(std::string_view instance,
                                                        util::WallTime now, std::size_t limit) {
    std::vector<ManagedMailbox> due;
    for (SealedMailbox& mailbox : database_.read([&](const Tables& tables) {
             return tables.mailboxes().listDue(instance, now, limit);
         }))
        due.push_back(opened(std::move(mailbox)));
    return due;
}

std::optional<ManagedMailbox> MailboxesDesk::findMailbox(Id id) {
    std::optional<SealedMailbox> mailbox =
        database_.read([&](const Tables& tables) { return tables.mailboxes().find(id); });
    if (!mailbox) return std::nullopt;
    return opened(*std::move(mailbox));
}

void MailboxesDesk::wakeMisdatedMailboxes(std::string_view instance, util::WallTime now) {
    database_.write(
        [&](WriteContext& context) { context.tables.mailboxes().wakeMisdated(instance, now); });
}

bool MailboxesDesk::setMailboxCallback(Id id, std::string_view callback_hash,
                                       std::string_view proof_hash) {
    bool found = false;
    database_.write([&](WriteContext& context) {
        found = context.tables.mailboxes().setCallback(id, callback_hash, proof_hash);
    });
    return found;
}

void MailboxesDesk::saveMailbox(const ManagedMailbox& m, bool anew, util::WallTime now) {
    const std::string hash = m.subscription.empty() ? std::string() : util::sha256(m.subscription);
    database_.write([&](WriteContext& context) {
        MailboxRows& mailboxes = context.tables.mailboxes();
        const std::optional<MailboxSignals> signals = mailboxes.signalsOf(m.id);
        if (!signals) return;
        MailboxTaskRow row = taskRow(m, *signals);
        if (!m.subscription.empty())
            row.subscription =
                database_.sealer().seal(kMailboxSubscriptionPlace, signals->key, m.subscription);
        row.subscription_hash = hash;
        mailboxes.putTask(m.id, row);
        if (!anew) return;
        for (const Id registration : mailboxes.liveRegistrations(m.id))
            context.pending.addCount(registration, kUnknownCount, now);
    });
}

void MailboxesDesk::removeMailbox(Id id) {
    database_.write([&](WriteContext& context) { context.tables.mailboxes().remove(id); });
}

void MailboxesDesk::abandonMailboxes(const std::string& instance, const std::string& problem,
                                     util::WallTime now) {
    database_.write([&](WriteContext& context) {
        MailboxRows& mailboxes = context.tables.mailboxes();
        // Without a backend there is no way to unsubscribe those that serve no registration.
        mailboxes.removeIdle(instance);
        mailboxes.refuseAll(instance, problem, now);
    });
}

std::vector<MailboxTotals> MailboxesDesk::countMailboxes() {
    return database_.read([](const Tables& tables) { return tables.mailboxes().count(); });
}

}  // namespace postbell::store
