// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>

#include "dispatch/channel/authorization_troubles.h"
#include "dispatch/channel/channel.h"
#include "dispatch/journal/push_journal.h"
#include "util/time.h"

namespace postbell::dispatch {

/// Tells log, metric and admins when the requests for an authorization of a lane's credential begin
/// to fail, and when one succeeds again. A refusal pauses the credential, and is the guard's.
/// Confined to the loop's thread.
class AuthorizationWatch {
  public:
    AuthorizationWatch(AuthorizationTroubles& troubles, PushJournal& journal)
        : troubles_(troubles), journal_(journal) {}

    /// A request for an authorization has ended.
    void ended(Channel& channel) {
        const Session& session = channel.session();
        if (!util::isSet(session.retryAt())) return;
        journal_.authorizationMissing(session.problem());
        failing_ = {channel.upload().credential, session.authorizationNumber()};
        troubles_.set(failing_->credential, session.problem());
    }
    /// The channel may send, with the authorization that it holds.
    void usable(Channel& channel) {
        if (!failing_ || failing_->number == channel.session().authorizationNumber()) return;
        journal_.authorizationThere();
        forget();
    }
    /// Another credential is in use.
    void forget() {
        if (failing_) troubles_.clear(failing_->credential);
        failing_.reset();
    }
    bool failing() const { return failing_.has_value(); }

  private:
    struct Failing {
        store::Id credential = 0;
        std::uint64_t number = 0;  ///< of the authorization that was held meanwhile
    };

    AuthorizationTroubles& troubles_;
    PushJournal& journal_;
    std::optional<Failing> failing_;
};

}  // namespace postbell::dispatch
