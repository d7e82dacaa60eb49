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
    return std::find(staged.heard.begin(), staged.heard.end(), Staged::Heard{registration, true}) !=
           staged.heard.end();
}

void stageOtherFolder(Staged& staged, const Staged::Late& late,
                      const store::Registration& registration, util::WallTime now) {
    if (registry::heardOwnFolder(registration)) return;
    ++staged.other_folders;
    if (late.reported && !util::isSet(registration.folder.other_heard_at))
        staged.changes.push_back(
            {registration.id, store::SubscriptionChange::Kind::OtherFolder, now});
    if (late.canonical && registration.folder.canonical) return;
    staged.events.push_back(late.event);
}

void stageCheck(Staged& staged, const Staged::Late& late, store::Registration registration,
                util::WallTime now) {
    registration.quiet_until = std::max(registration.quiet_until, late.quiet_until);
    if (now < registry::nextNudgeAt(registration, now)) return;
    staged.nudged.push_back({registration.id, registry::nudgesInARow(registration, now)});
    staged.events.push_back(late.event);
}

}  // namespace

void stageLate(Staged& staged, const ReadRegistration& read, util::WallTime now) {
    for (Staged::Late& late : std::exchange(staged.late, {})) {
        const store::Id id = late.event.registration;
        if (late.of_other_folder && namesOwnFolder(staged, id)) continue;
        std::optional<store::Registration> registration = read(id);
        if (!registration) continue;
        if (late.of_other_folder)
            stageOtherFolder(staged, late, *registration, now);
        else
            stageCheck(staged, late, *std::move(registration), now);
    }
}

}  // namespace postbell::backend
