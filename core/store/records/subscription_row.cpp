// SPDX-License-Identifier: Apache-2.0
#include "store/records/subscription_row.h"

#include "util/clock_tolerance.h"

namespace postbell::store {

namespace {

/// The first time stays: since when the subscription is ended, or its renewal is asked for. One
/// that has not come yet was noted while the clock was ahead.
bool setFirst(util::WallTime& time, util::WallTime at) {
    if (util::isSet(util::believed(time, at))) return false;
    time = at;
    return true;
}

}  // namespace

bool SubscriptionRow::apply(const SubscriptionChange& change) {
    switch (change.kind) {
        case SubscriptionChange::Kind::Ended:
            if (!setFirst(ended_at, change.at)) return false;
            quiet_until = change.quiet_until;
            return true;
        case SubscriptionChange::Kind::RenewAsked:
            return setFirst(renew_asked_at, change.at);
        case SubscriptionChange::Kind::HeardAgain:
            if (!util::isSet(ended_at)) return false;
            ended_at = {};
            return true;
        case SubscriptionChange::Kind::OtherFolder:
            return setFirst(folder.other_heard_at, change.at);
        case SubscriptionChange::Kind::Noted:
            note = change.note;
            return true;
    }
    return false;
}

}  // namespace postbell::store
