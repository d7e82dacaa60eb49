// SPDX-License-Identifier: Apache-2.0
// Pushes to a provider, and their encodings and outcomes, as C++ values: here the plugin contract
// ends, and nothing beyond this topic sees its structs.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/answer.h"
#include "store/records/records.h"
#include "util/time.h"

namespace postbell::provider {

enum class PushKind { NewMail, CountChanged, CheckRegistration };
enum class Urgency { Quiet, High };

/// One push, before it is encoded. Borrows its texts.
struct Push {
    PushKind kind = PushKind::CountChanged;
    store::Style style = store::Style::Badge;
    Urgency urgency = Urgency::Quiet;
    store::Environment environment = store::Environment::None;
    std::string_view id;            ///< a UUID, the same in every attempt
    std::string_view token;         ///< in the provider's normal form
    std::string_view origin;        ///< that the device named; empty: the network's own
    std::string_view app;           ///< bundle id or package
    std::string_view platform;      ///< one of the provider's
    std::string_view registration;  ///< public id
    std::int32_t unread = store::kUnknownCount;
    std::int32_t badge = store::kUnknownCount;
    std::uint32_t attempt = 1;
    util::WallTime expires;
    std::span<const std::pair<std::string, std::string>> settings;  ///< the app's, by name
};

/// A push as its provider encoded it. Views are valid until the next call on the same session.
struct Encoded {
    enum class Result {
        Ready,   ///< the request is filled in and may be sent as it is
        Later,   ///< not now: the same push may be encoded later
        Never,   ///< this push can never be encoded, and `problem` says why: it is dropped
        Defect,  ///< the plugin failed or broke the contract, and `problem` says how: tried again
    };
    Result result = Result::Defect;
    std::string problem;  ///< a sentence; empty if Ready
    std::string_view method, origin, path, body;
    std::vector<engine::Header> headers;  ///< without the authorization
};

/// The meaning of a push network's answer, in the provider's words.
struct Outcome {
    enum class Result {
        Delivered,
        Retry,              ///< not now; slows down `scope`
        TokenDead,          ///< the network's explicit word that the device is gone
        TokenForeign,       ///< the token is dead, or the credential is the wrong one
        CredentialRefused,  ///< the credential is paused, and its pushes are kept
        Reauthorize,        ///< the authorization was refused: a new one, then again
        Rejected,           ///< the gateway's fault (a bad payload): dropped, counted, logged
    };
    enum class Scope { Device, Credential, Origin };

    Result result = Result::Retry;
    Scope scope = Scope::Device;
    bool new_connection = false;  ///< the next attempt must not use the connection that answered
    util::Milliseconds retry_after{0};  ///< zero: the gateway's back-off
    util::Milliseconds backoff{0};      ///< Retry without retry_after: the first pause at least
    util::WallTime dead_since;          ///< TokenDead: never, if the network does not say
    std::string reason;  ///< the network's word for a metric's label, or "unreadable"
    std::string advice;  ///< a sentence for the admin; may be empty
};

}  // namespace postbell::provider
