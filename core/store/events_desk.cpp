// SPDX-License-Identifier: Apache-2.0
// An event's way: staged, pushed, settled.
#include "store/events_desk.h"

#include "store/sealed_places.h"

namespace postbell::store {

namespace {

std::int32_t shareOf(const BadgeRow& row) {
    return row.mail_generation > 0 ? row.pending_count : row.last_count;
}

}  // namespace

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
    std::optional<Recipient> recipient =
        database_.completer().complete(std::move(sealed->registration));
    if (!recipient) return std::nullopt;
    target.registration = *std::move(recipient);
    target.token = database_.opened(kDeviceTokenPlace, sealed->token_key, sealed->token);
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
