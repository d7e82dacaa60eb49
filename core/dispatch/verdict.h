// SPDX-License-Identifier: Apache-2.0
// The consequences of a push network's answer: the rules of
// docs/decisions/when-a-push-network-says-no.md as one pure function.
#pragma once
#include <cstddef>
#include <cstdint>

#include "engine/answer.h"
#include "provider/push.h"
#include "util/time.h"

namespace postbell::dispatch {

/// The facts that a verdict depends on beside the outcome.
struct Facts {
    // The push.
    bool guard_probe = false;           ///< it was the probe of a paused credential
    bool gate_probe = false;            ///< it was the probe of an origin that fails
    bool authorization_current = true;  ///< it was sent with the authorization in use
    // The origin that it went to.
    bool networks_own = true;  ///< false: the device named it
    // The credential.
    bool paused = false;
    bool held = false;           ///< it was asked to slow down, and still does
    bool reauthorizing = false;  ///< an authorization was refused, and none accepted since
    /// Another device was good after this device's token was first called foreign.
    bool other_good_since = false;
    std::size_t suspects = 1;  ///< with this device
    // The device.
    bool proven = false;      ///< a witness: a push was delivered to this token before
    util::WallTime token_at;  ///< when the token that was pushed to was registered
    /// How often this upload's pushes found the token foreign since the last one was delivered, a
    /// word that was stored included. With this word, if it is one.
    std::uint32_t foreign_words = 1;
    util::WallTime first_foreign_at;  ///< the first of these; not set: none was stored
    util::WallTime first_410_at;      ///< not set: none yet
};

/// A pause before the next attempt. `asked` zero: the back-off, whose first pause is `least`.
struct Pause {
    util::Milliseconds asked{0};
    util::Milliseconds least{0};
    friend bool operator==(const Pause&, const Pause&) = default;
};

/// The first pause where a device named an origin at a forbidden address: the owner of the name is
/// unlikely to move it soon.
constexpr util::Milliseconds kForbiddenPause = std::chrono::hours(1);

/// The consequences of one answer.
struct Verdict {
    enum class Push {
        Keep,       ///< it stays pending
        Delivered,  ///< settled
        Dropped,    ///< settled, although it reached no device
    };
    enum class Device {
        AsBefore,  ///< due again as soon as its credential and its origin are
        Well,      ///< its failures are forgotten
        Wait,      ///< `device_pause`
        Dead,      ///< its registrations are retired
    };
    enum class Credential {
        AsBefore,
        Good,            ///< no suspects; if it was paused, it is open and everything is due
        Suspect,         ///< one more witness whose token is foreign
        Stranger,        ///< one more token that was never delivered to is foreign
        Pause,           ///< with an alarm
        ProbeRefused,    ///< the next probe after twice the interval
        ProbeUndecided,  ///< the next probe after the same interval
        Reauthorize,     ///< a new authorization, and then again
        SlowDown,        ///< `credential_pause`
    };
    enum class Origin {
        AsBefore,
        Works,
        Fails,        ///< one more failure
        Unreachable,  ///< one is enough
        Hold,         ///< `origin_pause`
    };

    Push push = Push::Keep;
    Device device = Device::AsBefore;
    Credential credential = Credential::AsBefore;
    Origin origin = Origin::AsBefore;
    Pause device_pause, credential_pause;
    util::Milliseconds origin_pause{0};
    bool origins_doing = false;        ///< the device's pause ends when the origin works again
    bool proves_token = false;         ///< the device is a witness from now on
    bool first_410 = false;            ///< to be stored with the device
    bool first_foreign = false;        ///< to be stored with the device
    bool called_foreign = false;       ///< to be remembered with the device
    bool new_authorization = false;    ///< the one in use is dropped
    bool authorization_works = false;  ///< the one in use is accepted
    bool new_connection = false;       ///< the push's connection takes no more pushes
};

/// For an answer to a push that was sent with the upload in use.
Verdict verdict(const provider::Outcome& outcome, const Facts& facts, util::WallTime now);
/// There was no answer.
Verdict noAnswer(engine::Failure failure, const Facts& facts);
/// Rule 7: for an answer to a push that was sent with an earlier upload.
Verdict superseded(const provider::Outcome& outcome);

}  // namespace postbell::dispatch
