// SPDX-License-Identifier: Apache-2.0
// The way of every push, an admin's trial push included: encoded, through the gate of its origin,
// onto a connection. Devices, rows and admins are the caller's.
#pragma once
#include <string>

#include "dispatch/channel/channel.h"
#include "dispatch/journal/push_journal.h"

namespace postbell::dispatch {

/// How far a push came.
struct Launch {
    enum class Result {
        Sent,
        Encoding,         ///< beside the loop: launchEncoded() is to follow
        OriginForbidden,  ///< the device named an origin that may not be pushed to
        NoPool,           ///< all pools are busy
        GateClosed,       ///< until `gate_opens`
        NoSlot,           ///< until the destination is ready()
        NotNow,           ///< the provider can encode the push later
        Never,            ///< the provider can never encode it
        Defect,           ///< the provider failed, or broke the contract
    };
    Result result = Result::Sent;
    Destination* destination = nullptr;  ///< null: not known, or there is no pool for a new one
    util::SteadyTime gate_opens;
    std::string problem;  ///< a sentence on the origin, or the provider's on the encoding
};

/// Encodes the push and sends it. Sent and Encoding move the flight out. Precondition: the session
/// is authorized, and the channel encodes nothing.
Launch launch(Channel& channel, PushJournal& journal, Flight& flight, util::SteadyTime now);
/// Sends a push that is encoded. Only Sent moves the flight out.
Launch launchEncoded(Channel& channel, PushJournal& journal, Flight& flight,
                     provider::Encoded& request, util::SteadyTime now);

}  // namespace postbell::dispatch
