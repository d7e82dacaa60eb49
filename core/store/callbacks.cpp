// SPDX-License-Identifier: Apache-2.0
// Whom a callback is for.
#include "store/events_desk.h"
#include "store/reach.h"
#include "store/sealed_places.h"

namespace postbell::store {

namespace {

/// Whether the instance may speak of the registration's account. A grant proves the account to the
/// instance that it was given to, whose mailbox serves the registration; an admin's approval holds
/// for all.
bool isBelieved(const ProvenRow& row, std::string_view instance) {
    switch (row.registration.recipient.account_proof) {
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
    std::optional<Callback> callback = findRegistrationCallback(token_hash);
    if (!callback) callback = findMailboxCallback(token_hash);
    if (!callback) callback = findServerCallback(token_hash);
    return callback;
}

std::optional<Callback> EventsDesk::findRegistrationCallback(std::string_view token_hash) {
    const std::uint64_t data_version = database_.dataVersion();
    std::optional<CallbackTarget> found = database_.read(
        Reads::AllButPending,
        [&](const Tables& tables) { return tables.recipients().findByCallback(token_hash); });
    if (!found) return std::nullopt;
    RecipientRow row = found->target.registration;
    if (row.recipient.mailbox == 0) recent_.put(std::move(found->target), data_version);
    std::optional<Recipient> recipient = database_.completer().complete(std::move(row));
    if (!recipient) return std::nullopt;
    return Callback{std::move(found->proof_hash),
                    RegistrationCallback{*std::move(recipient), data_version}};
}

std::optional<Callback> EventsDesk::findMailboxCallback(std::string_view token_hash) {
    std::optional<NotifiedMailbox> found;
    std::vector<RecipientRow> rows;
    database_.read(Reads::AllButPending, [&](const Tables& tables) {
        found = tables.mailboxes().findByCallback(token_hash);
        if (found) rows = tables.recipients().servedBy(found->id);
    });
    if (!found) return std::nullopt;
    // Whose subscription the gateway holds: on the mailbox's instance.
    for (RecipientRow& row : rows) row.recipient.subscription.instance = found->instance;
    return Callback{std::move(found->proof_hash),
                    MailboxCallback{found->id, std::move(found->subscription_hash),
                                    database_.completer().complete(std::move(rows))}};
}

std::optional<Callback> EventsDesk::findServerCallback(std::string_view token_hash) {
    std::optional<SealedTenantCallback> found = database_.read(
        Reads::AllButPending,
        [&](const Tables& tables) { return tables.tenantCallbacks().find(token_hash); });
    if (!found) return std::nullopt;
    ServerCallback server;
    if (found->callback.has_secret)
        server.secret = database_.opened(kCallbackSecretPlace, token_hash, found->secret);
    server.tenant_hash_key = hash_keys_.find(found->callback.tenant, [&] {
        return database_.opened(kHashKeyPlace, found->tenant_name, found->hash_key);
    });
    server.callback = std::move(found->callback);
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
