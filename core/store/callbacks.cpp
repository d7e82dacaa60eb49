// SPDX-License-Identifier: Apache-2.0
// Whom a callback is for.
#include "store/events_desk.h"
#include "store/reach.h"
#include "store/sealed_places.h"

namespace postbell::store {

namespace {

std::optional<ServedMailbox> findMailbox(const Tables& tables, std::string_view token_hash) {
    std::optional<NotifiedMailbox> mailbox = tables.mailboxes().findByCallback(token_hash);
    if (!mailbox) return std::nullopt;
    std::vector<RecipientRow> served = tables.recipients().servedBy(mailbox->id);
    return ServedMailbox{*std::move(mailbox), std::move(served)};
}

/// Whether the instance may speak of the registration's account. A grant proves the account to the
/// instance that it was given to, whose mailbox serves the registration; an admin's approval holds
/// for all.
bool isBelieved(const ProvenRow& row, std::string_view instance) {
    switch (row.registration.account_proof) {
        case AccountProof::None:
            return false;
        case AccountProof::Proven:
            return !instance.empty() && row.mailbox_instance == instance;
        case AccountProof::Approved:
            return true;
    }
    return false;
}

}  // namespace

std::optional<Callback> EventsDesk::findCallback(std::string_view token_hash) {
    const std::uint64_t data_version = database_.dataVersion();
    std::optional<ServedMailbox> mailbox;
    std::optional<SealedTenantCallback> server;
    // Most callbacks are of registrations.
    std::optional<CallbackTarget> found =
        database_.read(Reads::AllButPending, [&](const Tables& tables) {
            std::optional<CallbackTarget> target = tables.recipients().findByCallback(token_hash);
            if (!target) mailbox = findMailbox(tables, token_hash);
            if (!target && !mailbox) server = tables.tenantCallbacks().find(token_hash);
            return target;
        });
    if (found) return registrationCallback(*std::move(found), data_version);
    if (mailbox) return mailboxCallback(*std::move(mailbox));
    if (server) return serverCallback(*std::move(server), token_hash);
    return std::nullopt;
}

std::optional<Callback> EventsDesk::registrationCallback(CallbackTarget found,
                                                         std::uint64_t data_version) {
    RecipientRow row = found.target.registration;
    if (row.mailbox == 0) recent_.put(std::move(found.target), data_version);
    std::optional<Recipient> recipient = database_.completer().complete(std::move(row));
    if (!recipient) return std::nullopt;
    return Callback{std::move(found.proof_hash),
                    RegistrationCallback{*std::move(recipient), data_version}};
}

Callback EventsDesk::mailboxCallback(ServedMailbox found) const {
    NotifiedMailbox& mailbox = found.mailbox;
    // Whose subscription the gateway holds: on the mailbox's instance.
    for (RecipientRow& row : found.served) row.subscription.instance = mailbox.instance;
    return Callback{std::move(mailbox.proof_hash),
                    MailboxCallback{mailbox.id, std::move(mailbox.subscription_hash),
                                    database_.completer().complete(std::move(found.served))}};
}

Callback EventsDesk::serverCallback(SealedTenantCallback found, std::string_view token_hash) {
    ServerCallback server;
    if (found.callback.has_secret)
        server.secret = database_.opened(kCallbackSecretPlace, token_hash, found.secret);
    server.tenant_hash_key = hash_keys_.find(found.callback.tenant, [&] {
        return database_.opened(kHashKeyPlace, found.tenant_name, found.hash_key);
    });
    server.callback = std::move(found.callback);
    return Callback{{}, std::move(server)};
}

std::vector<Recipient> EventsDesk::reportedBy(Id tenant, std::string_view instance,
                                              std::string_view id_hash) {
    if (id_hash.empty()) return {};
    return database_.completer().complete(
        database_.read(Reads::AllButPending, [&](const Tables& tables) {
            return tables.recipients().reportedBy(tenant, instance, id_hash, kMaxRecipients);
        }));
}

std::vector<Recipient> EventsDesk::provenFor(Id tenant, std::string_view instance,
                                             std::string_view account_key) {
    std::vector<RecipientRow> believed;
    database_.read(Reads::AllButPending, [&](const Tables& tables) {
        believed.clear();
        tables.recipients().eachProven(tenant, account_key, [&](ProvenRow&& row) {
            if (isBelieved(row, instance)) believed.push_back(std::move(row.registration));
            return believed.size() < kMaxRecipients;
        });
    });
    return database_.completer().complete(std::move(believed));
}

}  // namespace postbell::store
