// SPDX-License-Identifier: Apache-2.0
#include "admin/refused_calls.h"

#include <string_view>

#include "store/records/store_error.h"

namespace postbell::admin {
namespace {

constexpr std::chrono::hours kDay{24};

/// As the audit trail writes it.
std::string_view word(RefusedCalls::Why why) {
    switch (why) {
        case RefusedCalls::Why::NoToken:
            return "no_token";
        case RefusedCalls::Why::WrongToken:
            return "wrong_token";
        case RefusedCalls::Why::WrongHost:
            return "wrong_host";
    }
    return "";
}

std::string_view sentence(RefusedCalls::Why why) {
    switch (why) {
        case RefusedCalls::Why::NoToken:
            return "an admin call came without a token";
        case RefusedCalls::Why::WrongToken:
            return "an admin call came with a wrong token";
        case RefusedCalls::Why::WrongHost:
            return "an admin call came by a Host that is no loopback one";
    }
    return "";
}

}  // namespace

void RefusedCalls::note(Why why, const std::string& who, const std::string& peer) {
    const auto suppressed = repeats_.admit(word(why), peer, clock_.steady());
    if (!suppressed) return;
    log_.warning(sentence(why), {{"peer", peer}, {"suppressed", *suppressed}});
    if (!hasRoomToday()) return;
    try {
        audit_(who,
               std::string("refused ")
                   .append(word(why))
                   .append(" peer=")
                   .append(peer)
                   .append(" suppressed=")
                   .append(std::to_string(*suppressed)),
               clock_.wall());
    } catch (const store::StoreError&) {
        // The log has the call, and the store's trouble.
    }
}

bool RefusedCalls::hasRoomToday() {
    const std::lock_guard lock(day_mutex_);
    const util::SteadyTime now = clock_.steady();
    if (now - day_began_ >= kDay) {
        day_began_ = now;
        audited_ = 0;
    }
    if (audited_ >= kMaxAuditedADay) return false;
    ++audited_;
    return true;
}

}  // namespace postbell::admin
