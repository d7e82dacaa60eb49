// SPDX-License-Identifier: Apache-2.0
#include "store/desk/events_desk.h"

#include <utility>

#include "store/records/reach.h"
#include "store/seal/sealed_places.h"

namespace postbell::store {

namespace {

std::int32_t shareOf(const BadgeRow& row) {
    return row.mail_generation > 0 ? row.pending_count : row.last_count;
}

std::optional<ServedMailbox> findMailbox(const Tables& tables, std::string_view token_hash) {
    std::optional<NotifiedMailbox> mailbox = tables.mailboxes().findByCallback(token_hash);
    if (!mailbox) return std::nullopt;
    std::vector<RecipientRow> served = tables.recipients().servedBy(mailbox->id);
    return ServedMailbox{*std::move(mailbox), std::move(served)};
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
        server.secret = database_.opened(kCallbackSecretPlace,
                                         callbackRow(found.callback.id, found.callback.tenant,
                                                     found.callback.instance, token_hash),
                                         found.secret);
    server.tenant_hash_key = hash_keys_.find(found.callback.tenant, [&] {
        return database_.opened(kHashKeyPlace, tenantRow(found.callback.tenant, found.tenant_name),
                                found.hash_key);
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
            if (row.isBelievedBy(instance)) believed.push_back(std::move(row.registration));
            return believed.size() < kMaxRecipients;
        });
    });
    return database_.completer().complete(std::move(believed));
}

void EventsDesk::stage(Batch batch) {
    database_.writer().stage(std::move(batch));
}

void EventsDesk::settle(const std::vector<Settlement>& settlements) {
    database_.writer().settle(settlements);
}

void EventsDesk::tokenProven(Id registration, const TokenProof& proof) {
    database_.seen().tokenProven(registration, proof);
}

std::optional<PushTarget> EventsDesk::pushTarget(Id registration) {
    PushTarget target;
    std::optional<SealedTarget> sealed = recent_.take(registration, database_.dataVersion());
    if (!sealed) sealed = findTarget(registration, target.mailbox_state);
    if (!sealed) return std::nullopt;
    if (!database_.completer().isWhole(sealed->registration))
        throw UnopenedRow("row " + std::to_string(registration) + " of the database " +
                          database_.engine().name() + ": its public id is damaged");
    std::optional<Recipient> recipient =
        database_.completer().complete(std::move(sealed->registration));
    if (!recipient) return std::nullopt;
    target.app = std::move(recipient->app);
    target.registration = static_cast<PushedRegistration&&>(*recipient);
    target.token = database_.opened(kDeviceTokenPlace, sealed->token_row, sealed->token);
    target.token_at = sealed->token_at;
    target.first_410_at = sealed->first_410_at;
    target.first_foreign_at = sealed->first_foreign_at;
    target.origin = std::move(sealed->origin);
    target.token_expires_at = sealed->token_expires_at;
    return target;
}

std::optional<SealedTarget> EventsDesk::findTarget(Id registration, MailboxState& mailbox_state) {
    return database_.read(Reads::AllButPending, [&](const Tables& tables) {
        std::optional<SealedTarget> target = tables.recipients().findTarget(registration);
        if (target && target->registration.mailbox != 0)
            mailbox_state = tables.mailboxes().stateOf(target->registration.mailbox);
        return target;
    });
}

std::vector<BadgeShare> EventsDesk::badgeShares(Id device) {
    std::vector<BadgeRow> rows = database_.read(
        [&](const Tables& tables) { return tables.registrationReads().listOfDevice(device); });
    std::vector<BadgeShare> shares;
    for (BadgeRow& row : rows)
        if (auto registration = database_.completer().complete(std::move(row.registration)))
            shares.push_back({*std::move(registration), shareOf(row)});
    return shares;
}

void EventsDesk::eachPending(const std::function<void(const Pending&)>& visit) {
    database_.read([&](const Tables& tables) { tables.pending().each(visit); });
}

void EventsDesk::setPendingSink(PendingSink* sink) {
    database_.writer().setSink(sink);
}

}  // namespace postbell::store
