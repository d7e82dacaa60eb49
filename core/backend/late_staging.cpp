// SPDX-License-Identifier: Apache-2.0
#include "backend/late_staging.h"

#include <algorithm>
#include <utility>

#include "registry/life_cycle.h"
#include "registry/nudge.h"

namespace postbell::backend {
namespace {

/// Another event of the same message names the registration's own folder.
bool namesOwnFolder(const Staged& staged, store::Id registration) {
    return std::ranges::find(staged.heard, store::Heard{.registration = registration,
                                                        .own_folder = true}) != staged.heard.end();
}

void stageOtherFolder(const OtherFolderMail& mail, const store::Registration& registration,
                      util::WallTime now, Staged& staged) {
    if (registry::heardOwnFolder(registration)) return;
    ++staged.tally.other_folders;
    if (mail.reported && !util::isSet(registration.folder.other_heard_at))
        staged.writes.changes.push_back(
            {registration.id, store::SubscriptionChange::Kind::OtherFolder, now});
    if (mail.canonical && registration.folder.canonical) return;
    staged.writes.events.push_back(mail.event);
}

void stageNudge(const NudgeWanted& wanted, store::Registration registration, util::WallTime now,
                Staged& staged) {
    registration.quiet_until = std::max(registration.quiet_until, wanted.quiet_until);
    if (now < registry::nextNudgeAt(registration, now)) return;
    staged.writes.events.push_back(registry::nudgeOf(registration, now));
}

}  // namespace

void stageLate(Staged& staged, const ReadRegistration& read, util::WallTime now) {
    for (const OtherFolderMail& mail : std::exchange(staged.other_folder_mail, {})) {
        if (namesOwnFolder(staged, mail.event.registration)) continue;
        if (const auto registration = read(mail.event.registration))
            stageOtherFolder(mail, *registration, now, staged);
    }
    for (const NudgeWanted& wanted : std::exchange(staged.nudges_wanted, {}))
        if (auto registration = read(wanted.registration))
            stageNudge(wanted, *std::move(registration), now, staged);
}

}  // namespace postbell::backend
