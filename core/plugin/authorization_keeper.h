// SPDX-License-Identifier: Apache-2.0
// When an authorization may be presented with requests, and when another is asked for.
#pragma once
#include <cstdint>
#include <string>

#include "plugin/authorization.h"
#include "util/backoff.h"
#include "util/clock.h"

namespace postbell::plugin {

/// The one state machine of everything that asks a plugin to authorize(). It calls nothing: its
/// owner asks for next(), acts on the answer, and reports the result. Confined to one thread.
///
/// Times that a plugin names are wall times. Pauses are measured by the steady clock, so that a
/// wall clock which is set back prolongs none of them; and an authorization that was made before
/// the clock was set back is replaced, since the other side may take it for one of the future. Once
/// the clock is right again, the authorization of before takes its place again if it is good still,
/// which the other side resents least.
class AuthorizationKeeper {
  public:
    enum class Next {
        Present,  ///< held() may be presented
        Renew,    ///< held() may be presented, and another is to be asked for
        Ask,      ///< nothing may be presented: ask
        Wait,     ///< nothing may be presented before retryAt(), or the end of the exchange
        Refused,  ///< as Wait, since the credential was refused: problem() says why
    };

    /// `stored` and `earlier`: held() and earlier() before a restart.
    explicit AuthorizationKeeper(const util::Clock& clock, Authorization stored = {},
                                 Authorization earlier = {});

    Next next() const;
    /// held() may be presented.
    bool usable() const;
    const Authorization& held() const { return held_; }
    /// The one whose place held() took; without a name: none that is worth keeping.
    const Authorization& earlier() const { return earlier_; }
    /// Of held(). Goes up with each given(), so that a request can name its authorization.
    std::uint64_t number() const { return number_; }
    /// Why the last request for an authorization failed; empty: it did not.
    const std::string& problem() const { return problem_; }
    /// The last request for an authorization failed because the credential was refused.
    bool refused() const { return refused_; }
    /// The end of the pause in which next() asks for nothing. Not set: no pause.
    util::SteadyTime retryAt() const;
    bool exchanging() const { return exchanging_; }

    /// The other side accepts held() no more: held() is not presented again, and is replaced as
    /// soon as the other side does not resent a new one.
    void drop();
    /// Another authorization may help: it takes the place of held() before anything is presented
    /// again. While the other side resents a new one, held() is presented.
    void renewEarly();

    /// Holds earlier() again in the place of one of the future, or of one that has expired before
    /// it (the clock was back meanwhile). False: there is no cause to, or earlier() is not good.
    bool returnToEarlier();

    // Results of asking.
    /// The plugin gives held() where another is to take its place: it may not know that held() was
    /// presented, and is to be asked once more. The next result counts, whatever it is: there may
    /// be no other authorization.
    bool wantsAnother(const Authorization& authorization);
    /// False, and as postpone(): it had expired before it came.
    bool given(Authorization authorization);
    /// False, and as postpone(): one exchange led to the next too often, and no authorization came
    /// of them.
    bool mayExchange();
    void exchangeBegun() { exchanging_ = true; }
    /// To be called before the meaning of the exchange's answer is reported.
    void exchangeEnded() { exchanging_ = false; }
    void refuse(std::string why);
    /// `asked_for`: the pause that the other side wants; zero: it names none.
    void postpone(std::string why, util::Milliseconds asked_for);

  private:
    bool isGood(const Authorization& authorization) const;
    /// The wall clock was set back since it came, by more than a time server sets it.
    bool isFromFuture(const Authorization& authorization) const;
    void hold(Authorization authorization);
    util::Milliseconds resentedFor() const;
    void noteResented();
    void pause(util::Milliseconds length);

    const util::Clock& clock_;
    Authorization held_, earlier_;
    util::SteadyTime given_;  // the moment of held_.given
    std::uint64_t number_ = 0;
    bool dropped_ = false;
    bool renew_early_ = false;
    bool asked_once_more_ = false;  // since held_ came
    bool exchanging_ = false;
    unsigned exchanges_ = 0;  // since the last result
    bool refused_ = false;
    std::string problem_;
    util::SteadyTime retry_at_;
    util::SteadyTime resented_until_;  // a new authorization, by the other side
    util::Backoff refusals_;
    util::Backoff failures_;
};

}  // namespace postbell::plugin
