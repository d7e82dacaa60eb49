// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "store/records/basics.h"
#include "util/time.h"

namespace postbell::store {

/// The outcome of a push that was not answered begins so, in words, since apps read it. The rest
/// names machines of the gateway's network, and is for admins.
constexpr std::string_view kNoAnswer = "no answer";

/// The outcome of a push that the provider's plugin failed begins so. The rest is the plugin's
/// sentence, and is for admins.
constexpr std::string_view kProviderFailed = "provider failed";

/// When a registration was last seen: written in passing, and may be lost.
struct Seen {
    util::WallTime device_at;  ///< the device's last call
    util::WallTime heard_at;   ///< any notification
    util::WallTime event_at;   ///< a notification that meant a push
    util::WallTime push_at;
    util::WallTime nudged_at;  ///< a push that asked the app to check its registration
    /// A notification that named the reported folder.
    util::WallTime own_folder_at;
    std::uint32_t nudges = 0;  ///< in a row, up to the one of nudged_at
    std::string outcome;       ///< of the last push, in words

    /// Times that are not set and an empty outcome of `newer` change nothing.
    void merge(const Seen& newer);
    /// The same, once what a clock that was ahead has noted is forgotten on both sides.
    void update(const Seen& newer, util::WallTime now);
    /// Forgets times that have not come yet: they were noted while the clock was ahead.
    void forgetFuture(util::WallTime now);
};

/// A push was delivered to the device's token of `token_at`. Kept with the device, but written as
/// the rest is.
struct TokenProof {
    Id device = 0;  ///< 0: there is no news of this
    util::WallTime token_at;
    util::WallTime at;
};

/// The news of one registration.
struct SeenNews : Seen {
    TokenProof proof;

    void merge(const SeenNews& newer);
};

}  // namespace postbell::store
