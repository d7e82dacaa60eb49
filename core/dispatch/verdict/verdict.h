// SPDX-License-Identifier: Apache-2.0
// The consequences of a push network's answer: the rules of
// docs/decisions/when-a-push-network-says-no.md as one pure function.
#pragma once
#include <cstddef>
#include <cstdint>

#include "dispatch/flight/probe_of.h"
#include "engine/answer.h"
#include "provider/push.h"
#include "util/time.h"

namespace postbell::dispatch {

/// A push, its way and its credential, on which every verdict depends.
struct PushFacts {
    ProbeOf probe_of{};
    bool authorization_current = true;  ///< it was sent with the authorization in use
    bool networks_own = true;           ///< the origin; false: the device named it
    // The credential.
    bool paused = false;
    bool slowed = false;         ///< it was asked to slow down, and still does
    bool reauthorizing = false;  ///< an authorization was refused, and none accepted since
};

/// The token that was pushed to, and its fellow witnesses: for a verdict on a word about the token.
struct TokenFacts {
    bool proven = false;        ///< a witness: a push was delivered to this token before
    util::WallTime token_at{};  ///< when the token that was pushed to was registered
    /// How often this upload's pushes found the token foreign since the last one was delivered, a
    /// word that was stored included. With this word, if it is one.
    std::uint32_t foreign_words = 1;
    util::WallTime first_foreign_at{};  ///< the first of these; not set: none was stored
    util::WallTime first_410_at{};      ///< not set: none yet
    /// Another device was good after this device's token was first called foreign.
    bool other_good_since = false;
    std::size_t suspects = 1;  ///< with this device
};

/// A pause before the next attempt. `asked` zero: the back-off, whose first pause is `least`.
struct Pause {
    util::Milliseconds asked{0};
    util::Milliseconds least{0};
    friend bool operator==(const Pause&, const Pause&) = default;
};

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
        Authorized,      ///< as Good for a pause, and no word on anything else
        Suspect,         ///< one more witness whose token is foreign
        Stranger,        ///< one more token that was never delivered to is foreign
        Pause,           ///< with an alarm
        ProbeRefused,    ///< the next probe after twice the interval
        ProbeUndecided,  ///< the next probe after the same interval
        SlowDown,        ///< `credential_pause`
    };
    enum class Authorization {
        AsBefore,
        Works,       ///< the one in use is accepted
        Drop,        ///< the one in use is refused: pushes wait for another
        RenewEarly,  ///< another may do better: the next probe presents one, if the network allows
    };
    enum class Origin {
        AsBefore,
        Works,
        Fails,        ///< one more failure
        Unreachable,  ///< one is enough
        Shut,         ///< for `origin_pause`
    };

    Push push = Push::Keep;
    Device device = Device::AsBefore;
    Credential credential = Credential::AsBefore;
    Authorization authorization = Authorization::AsBefore;
    Origin origin = Origin::AsBefore;
    Pause device_pause{}, credential_pause{};
    util::Milliseconds origin_pause{0};
    bool origins_doing = false;   ///< the device's pause ends when the origin works again
    bool proves_token = false;    ///< the device is a witness from now on
    bool first_410 = false;       ///< to be stored with the device
    bool first_foreign = false;   ///< to be stored with the device
    bool called_foreign = false;  ///< to be remembered with the device
    bool new_connection = false;  ///< the push's connection takes no more pushes

    friend bool operator==(const Verdict&, const Verdict&) = default;
};

/// For an answer to a push that was sent with the upload in use.
Verdict verdict(const provider::Outcome& outcome, const PushFacts& push, const TokenFacts& token,
                util::WallTime now);
/// There was no answer.
Verdict noAnswer(engine::Failure failure, const PushFacts& push);
/// The push could not be sent: on a probe's credential.
Verdict notSent(const PushFacts& push);
/// Rule 11: it was not sent, since its device named an origin that may not be pushed to: on the
/// device.
Verdict originForbidden();
/// Rule 7: for an answer to a push that was sent with an earlier upload.
Verdict superseded(const provider::Outcome& outcome);

}  // namespace postbell::dispatch
