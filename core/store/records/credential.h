// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/records/basics.h"

namespace postbell::store {

/// How the guard of "When a push network says no" stands for one credential; stored so that a
/// restart is no storm.
struct GuardState {
    util::WallTime good_at;  ///< not set: nobody was good yet by this upload
    /// Devices with proven tokens that were called foreign since, in order, at most three.
    std::vector<Id> suspects;
    /// Devices with tokens that were never delivered to and were called foreign while nobody was
    /// good, in order, at most kMaxStrangers.
    std::vector<Id> strangers;
    util::WallTime paused_at;  ///< not set: open
    std::string paused_reason;
    util::WallTime probe_at;  ///< when the next probe is due, while paused
    util::Milliseconds probe_interval{0};

    /// Why the network refused the authorization that was in use last; empty: it is accepted, or
    /// was not tried.
    std::string authorization_refused;
    /// Why the network asked the credential to slow down last; empty: it did not, or has taken a
    /// push since.
    std::string slowed_down;

    static constexpr std::size_t kMaxStrangers = 3;
    /// The credential may be the wrong one: kDoubtfulCredential.
    bool isDoubtful() const { return strangers.size() >= kMaxStrangers; }

    /// The guard of a new upload. Proof belongs to one upload; a pause outlives it, and ends with
    /// the probe that is due now.
    GuardState renewed(util::WallTime now) const;
};

/// The alarm of a credential that is doubtful.
constexpr std::string_view kDoubtfulCredential =
    "no device has been delivered to with this credential yet: is it the right one?";

/// The header that a provider gave to present with requests.
struct AuthorizationHeader {
    std::string name;   ///< empty: none
    std::string value;  ///< opened
    util::WallTime renew_at, expires_at, not_renewed_before;
    util::WallTime given_at;
};

struct StoredAuthorization : AuthorizationHeader {
    /// Whose place it took. Where it turns out to be of a clock that was ahead, this one is
    /// presented again, also after a restart.
    AuthorizationHeader earlier;
};

struct Credential {
    Id id = 0;
    Id app = 0;
    std::string provider;  ///< instance
    /// The environments that it serves; neither: the provider has none.
    bool production = false, sandbox = false;
    /// Opened; empty in lists.
    std::string content, password;
    /// As content: a plugin may mark one as secret.
    std::vector<std::pair<std::string, std::string>> settings;
    std::string kind, subject;
    std::vector<std::string> topics;
    util::WallTime valid_from, expires_at;
    util::WallTime uploaded_at;
    std::int64_t upload = 0;  ///< goes up with each replacement
    /// One for each Environment.
    std::array<GuardState, 3> guards;
    StoredAuthorization authorization;
};

}  // namespace postbell::store
