// SPDX-License-Identifier: Apache-2.0
// When what is presented with requests may be presented, and when another is asked for.
#pragma once
#include <cstdint>
#include <string>

#include "plugin/authorization.h"
#include "util/backoff.h"
#include "util/clock.h"

namespace postbell::plugin {

/// The one state machine for everything that asks a plugin to authorize(). It calls nobody: its
/// owner asks next(), does what it says, and reports what came of it. Confined to one thread.
///
/// Times that a plugin names are wall times; the pauses after a failure are measured by the steady
/// clock, so that a wall clock which is set back prolongs none of them.
class AuthorizationKeeper {
  public:
    enum class Next {
        Present,  ///< held() may be presented
        Renew,    ///< the same, and it is time to ask for another
        Ask,      ///< there is nothing to present: ask
        Wait,     ///< there is nothing to present before retryAt(), or the end of the exchange
        Refused,  ///< the same, because the credential was refused: problem() says why
    };

    /// `stored`: what was held before a restart.
    explicit AuthorizationKeeper(const util::Clock& clock, Authorization stored = {});

    Next next() const;
    const Authorization& held() const { return held_; }
    /// Goes up with each one that was given: which of them a request was sent with.
    std::uint64_t number() const { return number_; }
    /// Why nothing could be had when it was last asked for; empty: it could.
    const std::string& problem() const { return problem_; }
    /// Nothing could be had because the credential was refused, not only for now.
    bool refused() const { return refused_; }
    /// Before then next() asks for nothing. Not set: no pause.
    util::SteadyTime retryAt() const;
    bool exchanging() const { return exchanging_; }

    /// The other side accepts held() no more: it is not presented again, and replaced as soon as
    /// the other side does not resent it.
    void drop();
    /// Another may be what is needed: held() is replaced as soon as the other side does not resent
    /// it, and presented until then.
    void renewEarly();

    // What came of asking.
    void given(Authorization authorization);
    void exchangeBegun() { exchanging_ = true; }
    /// Before what its answer meant is reported.
    void exchangeEnded() { exchanging_ = false; }
    void refuse(std::string why);
    /// `asked_for`: the pause that the other side wants; zero: it names none.
    void postpone(std::string why, util::Milliseconds asked_for);

  private:
    bool usable() const;
    void noteResented();
    void pause(util::Milliseconds length);

    const util::Clock& clock_;
    Authorization held_;
    std::uint64_t number_ = 0;
    bool dropped_ = false;
    bool renew_early_ = false;
    bool exchanging_ = false;
    bool refused_ = false;
    std::string problem_;
    util::SteadyTime retry_at_;
    util::SteadyTime resented_until_;  // by the other side, if another took the place of held_
    util::Backoff refusals_;
    util::Backoff failures_;
};

}  // namespace postbell::plugin
