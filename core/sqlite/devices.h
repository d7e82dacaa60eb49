// SPDX-License-Identifier: Apache-2.0
// Devices and their registrations. For the writer's thread, inside a transaction.
#pragma once
#include <string>
#include <string_view>

#include "sqlite/write_context.h"

namespace postbell::sqlite {

struct DeviceToken {
    Id app = 0;
    std::string token_key;
    std::string sealed;
    Environment environment = Environment::None;
    util::WallTime now;
    std::string origin;
    util::WallTime expires_at;
};

/// The device of this token, made if it is new. The app vouches for the token now, so the push
/// network's earlier answers about it no longer count.
Id putDevice(Connection& connection, const DeviceToken& token);

/// After registrations came or went: keeps their number, and last counts exactly where a device
/// has two or more. Removes a device that has none left.
void refreshDevice(Connection& connection, Id device);

/// Removes a registration with all its rows. Its device stays.
void eraseRegistration(Connection& connection, Id registration);

/// Moves the registrations of `from` with this device key to `to`, where a second one of the same
/// account gives way. Pending rows go to the sink again with the new device; `send_known` makes the
/// known last counts pending, where no mail is.
struct Move {
    Id from = 0, to = 0;
    std::string_view device_key;
    bool send_known = false;
    util::WallTime now;
};
void moveRegistrations(WriteContext& context, const Move& move);

}  // namespace postbell::sqlite
