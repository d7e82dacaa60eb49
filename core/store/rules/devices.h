// SPDX-License-Identifier: Apache-2.0
// Devices and their registrations. For the writer's thread, inside a transaction.
#pragma once
#include <optional>
#include <span>
#include <string_view>

#include "store/rows/tables.h"
#include "store/rules/pending_table.h"

namespace postbell::store {

/// Whether a device may have one registration more. None: it is not there yet.
bool hasRoom(const std::optional<CountedDevice>& device);
/// Whether the registrations of `from` may move to the device `to`, see kMaxRegistrationsPerDevice.
/// A second registration of an account gives way, and does not count.
bool hasRoomFor(const std::optional<CountedDevice>& to, Id from,
                const RegistrationRows& registrations);

/// After registrations came or went: keeps their number, and last counts exactly where a device
/// has two or more. Removes the devices that have none left.
void refreshDevices(Tables& tables, std::span<const Id> devices);

/// Removes registrations with all their rows, and wakes the mailboxes that served them. Their
/// devices stay.
void eraseRegistrations(Tables& tables, std::span<const Id> registrations);

/// Moves the registrations of `from` to `to`, where a second one of the same account gives way.
/// Pending rows go to the sink again with the new device; `send_known` makes the known last counts
/// pending, where no mail is.
struct Move {
    Id from = 0, to = 0;
    std::string_view left_token_key;  ///< of `from`
    bool send_known = false;
    util::WallTime now;
};
void moveRegistrations(Tables& tables, PendingTable& pending, const Move& move);

}  // namespace postbell::store
