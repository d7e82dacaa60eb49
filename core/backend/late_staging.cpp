// SPDX-License-Identifier: Apache-2.0
#include "backend/late_staging.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "registry/life_cycle.h"
#include "registry/nudge.h"

namespace postbell::backend {
namespace {

/// A registration that late events of the message are for.
struct Late {
    explicit Late(std::optional<store::Registration> read) : registration(std::move(read)) {}

    const std::optional<store::Registration> registration;  ///< nothing: it is gone
    bool other_folder_noted = false;
    bool nudged = false;
};

/// Reads each registration once, however many events are for it. An event's sender chooses their
/// number.
class LateRegistrations {
  public:
    explicit LateRegistrations(const ReadRegistration& read) : read_(read) {}

    Late& of(store::Id id) {
        const auto known = all_.find(id);
        return known != all_.end() ? known->second : all_.try_emplace(id, read_(id)).first->second;
    }

  private:
    const ReadRegistration& read_;
    std::unordered_map<store::Id, Late> all_;
};

/// The registrations whose own folder an event of the message names.
std::unordered_set<store::Id> ownFolders(const std::vector<store::Heard>& heard) {
    std::unordered_set<store::Id> named;
    for (const store::Heard& one : heard)
        if (one.own_folder) named.insert(one.registration);
    return named;
}

void stageOtherFolder(const OtherFolderMail& mail, Late& late, util::WallTime now, Staged& staged) {
    if (!late.registration || registry::heardOwnFolder(*late.registration)) return;
    const store::Registration& registration = *late.registration;
    ++staged.tally.other_folders;
    if (mail.reported && !util::isSet(registration.folder.other_heard_at) &&
        !std::exchange(late.other_folder_noted, true))
        staged.writes.changes.push_back(
            {registration.id, store::SubscriptionChange::Kind::OtherFolder, now});
    if (mail.canonical && registration.folder.canonical) return;
    staged.writes.events.push_back(mail.event);
}

void stageNudge(const NudgeWanted& wanted, Late& late, util::WallTime now, Staged& staged) {
    if (!late.registration || late.nudged) return;
    store::Registration registration = *late.registration;
    registration.quiet_until = std::max(registration.quiet_until, wanted.quiet_until);
    if (now < registry::nextNudgeAt(registration, now)) return;
    late.nudged = true;
    staged.writes.events.push_back(registry::nudgeOf(registration, now));
}

}  // namespace

void stageLate(Staged& staged, const ReadRegistration& read, util::WallTime now) {
    if (staged.other_folder_mail.empty() && staged.nudges_wanted.empty()) return;
    LateRegistrations registrations(read);
    const auto own_folders = ownFolders(staged.heard);
    for (const OtherFolderMail& mail : std::exchange(staged.other_folder_mail, {}))
        if (!own_folders.contains(mail.event.registration))
            stageOtherFolder(mail, registrations.of(mail.event.registration), now, staged);
    for (const NudgeWanted& wanted : std::exchange(staged.nudges_wanted, {}))
        stageNudge(wanted, registrations.of(wanted.registration), now, staged);
}

}  // namespace postbell::backend
