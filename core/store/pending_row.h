// SPDX-License-Identifier: Apache-2.0
// Events and what is pending of them: the one place of the rules by which events merge and outcomes
// take away. No database is needed here; an engine reads rows, asks them, and writes them.
#pragma once
#include <cstdint>
#include <string>

#include "store/basics.h"
#include "util/trace.h"

namespace postbell::store {

/// One event to be made durable.
struct StagedEvent {
    enum class Kind { NewMail, CountChanged, Check };
    Id registration = 0;
    Id device = 0;
    Id app = 0;
    Environment environment = Environment::None;
    Kind kind = Kind::CountChanged;
    std::int32_t count = kUnknownCount;
    std::int64_t occurred = 0;       ///< when the mail server says that it happened; 0: not told
    std::int64_t received = 0;       ///< now
    std::uint64_t data_version = 0;  ///< of the Callback that gave the registration; 0: not known
    std::string dedup;               ///< hash of the dedup key, at most 16 bytes; empty: none
};

/// What must still reach the device of one registration, as it is stored. A generation is the
/// number of an event; numbers rise and are never used twice, so that an answer to an old push
/// takes nothing away from a later event.
struct PendingRow {
    Id registration = 0;
    std::int64_t generation = 0;           ///< of the last event; 0: the row is new
    std::int64_t mail_generation = 0;      ///< of the last mail event; 0: no mail is pending
    std::int64_t new_mail_generation = 0;  ///< of the last new mail; 0: none is pending
    std::int64_t check_generation = 0;     ///< of the last "check your registration"; 0: none
    std::int32_t count = kUnknownCount;
    std::int64_t since = 0;     ///< when the first of the pending mail events came
    std::int64_t occurred = 0;  ///< the time that the count's event told

    bool hasMail() const { return mail_generation != 0; }
    bool hasCheck() const { return check_generation != 0; }
    bool isEmpty() const { return !hasMail() && !hasCheck(); }

    /// The stronger kind stays; the count is the last event's, unless that is known to be older
    /// than the held one.
    void merge(const StagedEvent& event, std::int64_t event_generation);
    /// Mail up to `sent` has reached the device or was given up. Mail that came during the flight
    /// stays, as if it had been the first, and waits from `at` on.
    void settleMail(std::int64_t sent, std::int64_t at);
    void settleCheck(std::int64_t sent);
};

/// What is kept of a pending row's events in memory only, for logs and metrics.
struct EventTrail {
    util::Trace mail_trace = 0;   ///< of the last mail event; 0: none
    util::Trace check_trace = 0;  ///< of the last "check your registration"; 0: none
    std::uint32_t events = 0;     ///< mail events that came together in this row
    std::int64_t durable_us = 0;  ///< steady clock: when the first of them was committed; 0: none
};

/// A pending row with whom it is pushed to.
struct Pending : PendingRow, EventTrail {
    Id device = 0;
    Id app = 0;
    Environment environment = Environment::None;
};

}  // namespace postbell::store
