// SPDX-License-Identifier: Apache-2.0
#include "push_form.h"

namespace postbell::apns {
namespace {

PushForm background() {
    PushForm form;
    form.background = true;  // Apple allows nothing visible in it, and no priority but 5
    form.wakes_app = true;
    return form;
}

PushForm newMail(const Push& push) {
    const bool counted = push.badge() >= 0;
    const bool announced = push.style() == POSTBELL_STYLE_ALERT;
    if (!counted && !announced) return background();
    const bool quiet = push.urgency() == POSTBELL_URGENCY_QUIET;

    PushForm form;
    form.badge = counted;
    form.at_once = !quiet;
    form.wakes_app = push.style() == POSTBELL_STYLE_BADGE_SYNC;
    form.announces = announced;
    form.sound = announced && !quiet;
    form.passive = announced && quiet;
    return form;
}

}  // namespace

PushForm formOf(const Push& push) {
    if (push.kind() == POSTBELL_PUSH_NEW_MAIL) return newMail(push);
    // Reading mail elsewhere must not announce anything, so that without a count the app is only
    // woken.
    if (push.kind() == POSTBELL_PUSH_CHECK_REGISTRATION || push.badge() < 0) return background();
    PushForm form;
    form.badge = true;
    return form;
}

}  // namespace postbell::apns
