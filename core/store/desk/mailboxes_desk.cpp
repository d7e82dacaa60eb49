// SPDX-License-Identifier: Apache-2.0
#include "store/desk/mailboxes_desk.h"

#include "store/rules/served_mailbox.h"
#include "store/seal/sealed_places.h"
#include "util/crypto.h"

namespace postbell::store {

ManagedMailbox MailboxesDesk::opened(SealedMailbox mailbox) {
    ManagedMailbox& m = mailbox.row;
    const SealedRow row = mailboxRow(m.id, m.instance, mailbox.key);
    m.mailbox = database_.opened(kMailboxPlace, row, m.mailbox);
    if (m.subscription.empty()) return std::move(m);
    try {
        m.subscription = database_.opened(kMailboxSubscriptionPlace, row, m.subscription);
    } catch (const UnopenedRow&) {
        m.subscription.clear();  // subscribed anew
    }
    return std::move(m);
}

std::vector<ManagedMailbox> MailboxesDesk::dueMailboxes(std::string_view instance,
                                                        util::WallTime now, std::size_t limit) {
    std::vector<ManagedMailbox> due;
    for (SealedMailbox& mailbox : database_.read([&](const Tables& tables) {
             return tables.mailboxes().listDue(instance, now, limit);
         })) {
        const Id id = mailbox.row.id;
        try {
            due.push_back(opened(std::move(mailbox)));
        } catch (const UnopenedRow&) {
            setAside(id, now);
        }
    }
    return due;
}

/// Whose name does not open has no tasks, and must not stand before those that have.
void MailboxesDesk::setAside(Id id, util::WallTime now) {
    database_.keep("set aside " + std::to_string(id), [id, now](WriteContext& context) {
        context.tables.mailboxes().setAside(
            id, "its sealed name does not open: a phone that registers the mailbox again mends it",
            now, now + util::kDay);
    });
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

bool MailboxesDesk::save(WriteContext& context, const ManagedMailbox& m) const {
    MailboxRows& mailboxes = context.tables.mailboxes();
    const std::optional<MailboxSignals> signals = mailboxes.signalsOf(m.id);
    if (!signals) return false;
    MailboxTaskRow row = taskRow(m, *signals);
    if (!m.subscription.empty()) {
        row.subscription = database_.sealed(
            kMailboxSubscriptionPlace, mailboxRow(m.id, m.instance, signals->key), m.subscription);
        row.subscription_hash = util::sha256(m.subscription);
    }
    mailboxes.putTask(m.id, row);
    return true;
}

void MailboxesDesk::saveMailbox(const ManagedMailbox& m) {
    database_.write([&](WriteContext& context) { save(context, m); });
}

void MailboxesDesk::saveNotifyingMailbox(const ManagedMailbox& m, util::WallTime now) {
    database_.write([&](WriteContext& context) {
        if (!save(context, m)) return;
        for (const Id registration : context.tables.mailboxes().liveRegistrations(m.id))
            context.pending.addCount(registration, kUnknownCount, now);
    });
}

void MailboxesDesk::failDueMailboxes(std::string_view instance, std::string_view problem,
                                     util::WallTime now) {
    database_.write(
        [&](WriteContext& context) { context.tables.mailboxes().failDue(instance, problem, now); });
}

void MailboxesDesk::clearDueFailures(std::string_view instance, util::WallTime now) {
    database_.write(
        [&](WriteContext& context) { context.tables.mailboxes().clearDueFailures(instance, now); });
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
