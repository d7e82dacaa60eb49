// SPDX-License-Identifier: Apache-2.0
// Changes that outcomes and mail servers cause.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "store/records/basics.h"

namespace postbell::store {

/// The parts of a pending row. "Check your registration" is a push of its own.
enum class Part { Mail, Check };

/// The mail up to `generation` reached the device.
struct Delivered {
    std::int64_t generation = 0;
    std::int32_t count = kUnknownCount;  ///< that was sent
    bool shared = false;  ///< the device has two or more registrations: the count is remembered
    util::WallTime at;
};
/// The mail up to `generation` can never be pushed.
struct Dropped {
    std::int64_t generation = 0;
    util::WallTime at;
};
/// The app was asked to check its registration, by the push of the flag up to `generation`.
struct CheckSettled {
    std::int64_t generation = 0;
};
/// The device's token of `token_at` is dead; so is all that was pending for the device.
struct DeviceDead {
    util::WallTime token_at;
    util::WallTime at;
};
/// The push network said 410 of the device's token of `token_at`, which may be about an older one.
struct First410 {
    util::WallTime token_at;
    util::WallTime at;
};

/// The push network said of the device's token of `token_at`, which no push was delivered to, that
/// it is not the credential's: the first such word about this token by the upload in use.
struct FirstForeign {
    util::WallTime token_at;
    util::WallTime at;
};

/// The outcome of a push to a registration's device, as far as the store is concerned.
struct Settlement {
    Id registration = 0;
    Id device = 0;
    // The lane of the push: for the sink, which hears of the settlement when it is durable.
    Id app = 0;
    Environment environment = Environment::None;
    std::variant<Delivered, Dropped, CheckSettled, DeviceDead, First410, FirstForeign> outcome;
};

/// Events of the part up to `generation` need no more pushes.
struct SettledPart {
    Part part = Part::Mail;
    std::int64_t generation = 0;
};

inline SettledPart partOf(const Delivered& delivered) {
    return {Part::Mail, delivered.generation};
}
inline SettledPart partOf(const Dropped& dropped) {
    return {Part::Mail, dropped.generation};
}
inline SettledPart partOf(const CheckSettled& settled) {
    return {Part::Check, settled.generation};
}
// A word on the device's token settles no part of one row.
inline std::nullopt_t partOf(const DeviceDead&) {
    return std::nullopt;
}
inline std::nullopt_t partOf(const First410&) {
    return std::nullopt;
}
inline std::nullopt_t partOf(const FirstForeign&) {
    return std::nullopt;
}
inline std::optional<SettledPart> settledPart(const Settlement& settlement) {
    return std::visit(
        [](const auto& outcome) -> std::optional<SettledPart> { return partOf(outcome); },
        settlement.outcome);
}

/// An act of a mail server that concerns a subscription which the app holds.
struct SubscriptionChange {
    enum class Kind {
        Ended,
        RenewAsked,
        HeardAgain,
        OtherFolder,  ///< a notification named another folder than the reported one
        Noted,        ///< the server, or its backend, has a word for the app, which is to fetch it
    };
    Id registration = 0;
    Kind kind = Kind::Ended;
    util::WallTime at;
    util::WallTime quiet_until = {};  ///< Ended: the server wants no new subscription before
    std::string note = {};            ///< Noted
};

/// An act of a mail server on a subscription that the gateway holds.
struct MailboxChange {
    enum class Kind {
        Ended,
        RenewAsked,
        Noted,  ///< the server sent a text that it wants back
        Idle,   ///< a notification came, and the mailbox serves no registration
    };
    Id mailbox = 0;
    Kind kind = Kind::Ended;
    util::WallTime at;
    std::string note = {};  ///< Noted
};

}  // namespace postbell::store
