// SPDX-License-Identifier: Apache-2.0
#include "store/desk/registrations_desk.h"

#include "store/desk/removal.h"
#include "store/rules/devices.h"
#include "store/rules/renewal.h"
#include "store/rules/served_mailbox.h"
#include "store/seal/sealed_places.h"
#include "util/crypto.h"
#include "util/printable.h"

namespace postbell::store {

namespace {

DeviceIdentity deviceOf(const NewRegistration& incoming) {
    return {incoming.app, incoming.token_key, incoming.environment, incoming.device_key};
}

/// Two phones show one secret where one was restored from the other's backup.
bool hasLeft(const KnownRegistration& known, std::string_view token_key) {
    return token_key == known.left_token_key && token_key != known.token_key;
}

std::optional<KnownRegistration> findRenewed(const RegistrationRows& registrations,
                                             const NewRegistration& incoming) {
    std::optional<KnownRegistration> known =
        registrations.findByDevice(deviceOf(incoming), incoming.account_key);
    if (known || incoming.previous_secret_hash.empty()) return known;
    known = registrations.findBySecret(incoming.app, incoming.account_key, incoming.device_key,
                                       incoming.previous_secret_hash);
    if (known && hasLeft(*known, incoming.token_key)) return std::nullopt;
    return known;
}

void renew(WriteContext& context, const KnownRegistration& known, Id device,
           const NewRegistration& incoming) {
    // The secret proves as much as it does for a change of the token, so all accounts of the phone
    // come along.
    if (known.device != device)
        moveRegistrations(context.tables, context.pending,
                          {known.device, device, known.token_key, false, incoming.now});
    context.tables.registrations().renew(known.id, renewalOf(known, incoming));
    context.tables.callbacks().removeOthers(known.id);
}

Id insert(Tables& tables, Id device, const NewRegistration& incoming) {
    const NewRegistrationRow row{
        {incoming.secret_hash, incoming.os_version, incoming.app_version, incoming.account_proof},
        incoming.public_id,
        device,
        incoming.account_key,
        incoming.now};
    const Id id = tables.registrations().insert(row);
    refreshDevices(tables, {{device}});
    return id;
}

/// The phone that registers again, on `device`, mends its row.
void eraseDamaged(Tables& tables, const KnownRegistration& known, Id device) {
    eraseRegistrations(tables, {{known.id}});
    // A device without registrations would be erased as well.
    if (known.device != device) refreshDevices(tables, {{known.device}});
}

RegistrationRefusal refusalOf(const Tables& tables, const std::optional<KnownRegistration>& known,
                              const NewRegistration& incoming) {
    const std::optional<CountedDevice> device = tables.devices().find(deviceOf(incoming));
    if (known)
        return hasRoomFor(device, known->device, tables.registrations())
                   ? RegistrationRefusal::None
                   : RegistrationRefusal::Crowded;
    if (!incoming.may_be_new) return RegistrationRefusal::New;
    if (!hasRoom(device)) return RegistrationRefusal::Crowded;
    const std::int64_t most = incoming.max_registrations_of_app;
    if (most > 0 && tables.apps().countRegistrations(incoming.app) >= most)
        return RegistrationRefusal::AppFull;
    return RegistrationRefusal::None;
}

}  // namespace

Id RegistrationsDesk::putDevice(Tables& tables, const DeviceIdentity& identity,
                                const VouchedToken& vouched) {
    DeviceRows& devices = tables.devices();
    const Id device = devices.findOrInsert(identity);
    const SealedRow row = deviceRow(device, {identity.app, identity.token_key, identity.environment,
                                             identity.device_key, vouched.origin});
    devices.putToken(device, {database_.sealed(kDeviceTokenPlace, row, vouched.token), vouched.now,
                              vouched.origin, vouched.token_expires_at});
    return device;
}

void RegistrationsDesk::serveMailbox(WriteContext& context, Id registration,
                                     const NewRegistration& incoming) {
    const std::string& instance = incoming.managed_instance;
    const std::string key = util::hmacSha256(database_.mailboxKey(), incoming.mailbox);
    MailboxRows& mailboxes = context.tables.mailboxes();
    const MailboxRows::Entry mailbox = mailboxes.findOrInsert(instance, key);
    mailboxes.putMailbox(
        mailbox.id,
        database_.sealed(kMailboxPlace, mailboxRow(mailbox.id, instance, key), incoming.mailbox));
    serve(context.tables, context.pending, registration, mailbox, incoming.now);
}

Registered RegistrationsDesk::registerDevice(const NewRegistration& incoming) {
    Registered registered;
    database_.write([&](WriteContext& context) {
        Tables& tables = context.tables;
        const std::optional<KnownRegistration> known =
            findRenewed(tables.registrations(), incoming);
        registered = {};
        registered.refusal = refusalOf(tables, known, incoming);
        if (registered.refusal != RegistrationRefusal::None) return;
        const Id device =
            putDevice(tables, deviceOf(incoming),
                      {incoming.token, incoming.now, incoming.origin, incoming.token_expires_at});
        if (known && util::isUtf8(known->public_id)) {
            renew(context, *known, device, incoming);
            registered = {known->public_id, known->id, true, {}};
        } else {
            if (known) eraseDamaged(tables, *known, device);
            registered = {incoming.public_id, insert(tables, device, incoming), false, {}};
        }
        tables.callbacks().insert(
            {incoming.callback_hash, registered.id, incoming.proof_hash, incoming.now});
        if (!incoming.managed_instance.empty()) serveMailbox(context, registered.id, incoming);
    });
    return registered;
}

ReportResult RegistrationsDesk::report(std::string_view public_id, const Report& report) {
    ReportResult result = ReportResult::NotFound;
    Id registration = 0;
    database_.write([&](WriteContext& context) {
        Tables& tables = context.tables;
        const std::optional<SubscriptionRow> known = tables.subscriptions().find(public_id);
        result = known ? ReportResult::Replaced : ReportResult::NotFound;
        if (!known) return;
        const std::optional<SubscriptionRow> after = reportedOn(*known, report);
        if (!after) return;
        registration = known->registration;
        tables.subscriptions().put(*after);
        if (!isOf(*known, report)) tables.callbacks().adoptNewest(registration);
        if (known->mailbox != 0) tables.mailboxSignals().wake(known->mailbox);
        if (report.unread >= 0) tables.lastCounts().set(registration, report.unread);
        result = ReportResult::Accepted;
    });
    // A report counts as heard.
    if (result == ReportResult::Accepted) database_.seen().heard({registration}, report.now);
    return result;
}

TokenChanged RegistrationsDesk::changeToken(std::string_view public_id, const TokenChange& change) {
    TokenChanged result = TokenChanged::NotFound;
    database_.write([&](WriteContext& context) {
        Tables& tables = context.tables;
        const std::optional<KnownRegistration> known = tables.registrations().find(public_id);
        result = TokenChanged::NotFound;
        if (!known) return;
        result = TokenChanged::Left;
        if (hasLeft(*known, change.token_key)) return;
        result = TokenChanged::Crowded;
        DeviceIdentity identity = tables.devices().identityOf(known->device).value();
        identity.token_key = change.token_key;
        if (!hasRoomFor(tables.devices().find(identity), known->device, tables.registrations()))
            return;
        const Id device = putDevice(
            tables, identity, {change.token, change.now, change.origin, change.token_expires_at});
        moveRegistrations(tables, context.pending,
                          {known->device, device, known->token_key, true, change.now});
        result = TokenChanged::Done;
    });
    return result;
}

std::optional<std::string> RegistrationsDesk::findDeviceToken(Id registration) {
    const std::optional<SealedTarget> target = database_.read(
        Reads::AllButPending,
        [&](const Tables& tables) { return tables.recipients().findTarget(registration); });
    if (!target) return std::nullopt;
    return database_.opened(kDeviceTokenPlace, target->token_row, target->token);
}

bool RegistrationsDesk::changeVersions(std::string_view public_id,
                                       std::optional<std::string_view> os_version,
                                       std::optional<std::string_view> app_version) {
    bool found = false;
    database_.write([&](WriteContext& context) {
        found = context.tables.registrations().setVersions(public_id, os_version, app_version);
    });
    return found;
}

bool RegistrationsDesk::approveAccount(std::string_view public_id) {
    bool found = false;
    database_.write([&](WriteContext& context) {
        found = context.tables.registrations().setAccountProof(public_id, AccountProof::Approved);
    });
    return found;
}

bool RegistrationsDesk::removeRegistration(std::string_view public_id) {
    bool found = false;
    database_.write([&](WriteContext& context) {
        Tables& tables = context.tables;
        const std::optional<KnownRegistration> known = tables.registrations().find(public_id);
        found = known.has_value();
        if (!known) return;
        eraseRegistrations(tables, {{known->id}});
        refreshDevices(tables, {{known->device}});
    });
    return found;
}

std::optional<Registration> RegistrationsDesk::complete(std::optional<RegistrationRow> row) const {
    if (!row) return std::nullopt;
    return database_.completer().complete(*std::move(row));
}

std::optional<Registration> RegistrationsDesk::findRegistration(std::string_view public_id) {
    return complete(database_.read(Reads::AllButPending, [&](const Tables& tables) {
        return tables.registrationReads().find(public_id);
    }));
}

std::optional<Registration> RegistrationsDesk::findRegistration(Id id) {
    return complete(database_.read(Reads::AllButPending, [&](const Tables& tables) {
        return tables.registrationReads().find(id);
    }));
}

std::size_t RegistrationsDesk::removeUnchanged(const std::vector<Registration>& registrations) {
    return store::removeUnchanged(database_, registrations);
}

std::vector<Registration> RegistrationsDesk::listRegistrations(Id after, std::size_t limit,
                                                               Id tenant, Id app) {
    std::vector<Registration> all;
    // Fewer than the limit are the end of the list, so rows that are left out are made up for.
    while (all.size() < limit) {
        const std::size_t wanted = limit - all.size();
        std::vector<RegistrationRow> rows = database_.read([&](const Tables& tables) {
            return tables.registrationReads().list(after, wanted, tenant, app);
        });
        const bool last = rows.size() < wanted;
        if (!rows.empty()) after = rows.back().id;
        for (Registration& one : database_.completer().complete(std::move(rows)))
            all.push_back(std::move(one));
        if (last) break;
    }
    return all;
}

std::vector<Registration> RegistrationsDesk::findRegistrationsByAccount(
    Id tenant, std::string_view account_key) {
    return database_.completer().complete(database_.read([&](const Tables& tables) {
        return tables.registrationReads().listOfAccount(tenant, account_key);
    }));
}

std::int64_t RegistrationsDesk::countUnheard(std::string_view instance, util::WallTime before) {
    return database_.read([&](const Tables& tables) {
        return tables.registrationReads().countUnheard(instance, before, database_.now());
    });
}

std::int64_t RegistrationsDesk::countRegistrations() {
    return database_.read([](const Tables& tables) { return tables.registrationReads().count(); });
}

}  // namespace postbell::store
