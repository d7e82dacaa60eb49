// SPDX-License-Identifier: Apache-2.0
// Events and pending rows: the one place of the rules by which events merge into a row and outcomes
// take from it. No database is needed here.
#pragma once
#include <cstdint>

#include "store/records/basics.h"
#include "store/records/dedup_keys.h"
#include "util/real_time.h"
#include "util/trace.h"

namespace postbell::store {

struct Recipient;

/// One event to be made durable.
struct StagedEvent {
    /// Check: the push of a nudge, which asks an app to check its registration.
    enum class Kind { NewMail, CountChanged, Check };
    /// An event for the recipient, without a count.
    static StagedEvent of(const Recipient& recipient, Kind kind, util::WallTime now);

    Id registration = 0;
    Id device = 0;
    Id app = 0;
    Environment environment = Environment::None;
    util::WallTime device_proven_at;  ///< see Recipient::device_proven_at
    Kind kind = Kind::CountChanged;
    std::int32_t count = kUnknownCount;
    util::WallTime occurred;         ///< by the mail server's own clock; not set: not known
    util::WallTime received;         ///< now
    std::uint64_t data_version = 0;  ///< of the Callback that gave the registration; 0: not known
    DedupKey dedup = 0;              ///< 0: none
    /// Check: how many nudges in a row this one makes. Noted in the ledger of what was seen once
    /// the event is durable; 0: it is not.
    std::uint32_t nudges = 0;
};

/// The news that must still reach the device of one registration, as stored. A generation is the
/// number of an event; numbers rise and are never used twice, so that an answer to an old push
/// takes nothing away from a later event.
struct PendingRow {
    Id registration = 0;
    std::int64_t generation = 0;           ///< of the last event; 0: the row is new
    std::int64_t mail_generation = 0;      ///< of the last mail event; 0: no mail is pending
    std::int64_t new_mail_generation = 0;  ///< of the last new mail; 0: none is pending
    std::int64_t check_generation = 0;     ///< of the last "check your registration"; 0: none
    std::int32_t count = kUnknownCount;
    util::WallTime since;     ///< when the first of the pending mail events came
    util::WallTime occurred;  ///< the `occurred` of the count's event

    bool hasMail() const { return mail_generation != 0; }
    bool hasCheck() const { return check_generation != 0; }
    bool isEmpty() const { return !hasMail() && !hasCheck(); }

    /// The stronger kind stays; the count is the last event's, unless that is known to be older
    /// than the held one.
    void merge(const StagedEvent& event, std::int64_t event_generation);
    /// Mail up to `sent` has reached the device or was given up. Mail that came during the flight
    /// stays, as if it had been the first, and waits from `at` on.
    void settleMail(std::int64_t sent, util::WallTime at);
    void settleCheck(std::int64_t sent);
    /// Whether settleMail(sent), or settleCheck(sent), leaves an empty row. An engine may ask this
    /// in its own language, and delete the row without reading it.
    bool isEmptiedByMail(std::int64_t sent) const { return mail_generation <= sent && !hasCheck(); }
    bool isEmptiedByCheck(std::int64_t sent) const {
        return check_generation <= sent && !hasMail();
    }
};

/// The part of a pending row's events that is kept in memory only, for logs and metrics.
struct EventTrail {
    util::Trace mail_trace = 0;   ///< of the last mail event; 0: none
    util::Trace check_trace = 0;  ///< of the last "check your registration"; 0: none
    std::uint32_t events = 0;     ///< mail events that came together in this row
    util::RealTime durable;       ///< when the first of them was committed; not set: not known

    /// The trail of the same row's earlier state, whose events are merged into this one.
    void takeIn(const EventTrail& earlier);
};

/// A pending row with the device that it is pushed to.
struct Pending : PendingRow, EventTrail {
    Id device = 0;
    Id app = 0;
    Environment environment = Environment::None;
    /// See Recipient::device_proven_at; not set: not known either.
    util::WallTime device_proven_at;
};

}  // namespace postbell::store
