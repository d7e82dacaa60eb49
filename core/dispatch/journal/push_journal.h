// SPDX-License-Identifier: Apache-2.0
// A push's way in the log and in the metrics.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "dispatch/flight/flights.h"
#include "dispatch/journal/episode_lines.h"
#include "dispatch/journal/push_metrics.h"
#include "dispatch/journal/store_trouble.h"
#include "dispatch/queue/waiting.h"
#include "log/log.h"
#include "log/seldom.h"

namespace postbell::dispatch {

/// The journal of one lane. Decides nothing. Lines that a remote party can cause at will have level
/// debug, and the trace of the event. Confined to the loop's thread.
class PushJournal {
  public:
    /// The references must outlive the journal.
    PushJournal(PushMetrics& metrics, StoreTrouble& store_trouble, log::Log& log)
        : metrics_(metrics), store_trouble_(store_trouble), log_(log) {}
    /// The names for the lines and the metrics. An empty provider changes nothing: answers may
    /// still come from the former one.
    void names(const store::App& app, const std::string& provider);

    // A push, from its event on.
    void merged(util::Trace earlier, util::Trace into);
    void sent(const Flight& flight);
    /// The facts of a push that counted() needs, once the flight was handed over.
    struct Attempt {
        explicit Attempt(const Flight& flight)
            : number(flight.content.attempt),
              part(flight.content.part),
              new_mail(flight.content.new_mail),
              trace(flight.trace) {}
        std::uint32_t number;
        Part part;
        bool new_mail;
        util::Trace trace;
    };
    /// Counts the attempt, and the events that it speaks for.
    void counted(Waiting& waiting, const Attempt& attempt);
    void answeredAfter(util::RealTime sent) noexcept;
    /// `status` 0: there was no answer. `label` goes to the metrics, `reason` to the log.
    void answered(const Flight& flight, PushOutcome outcome, int status, std::string_view label,
                  std::string_view reason);
    /// `line` is a sentence that names the push's obstacle.
    void willRetry(const Waiting& waiting, std::string_view line, util::Milliseconds wait);
    /// The registration has another device by now, where its pending row is sent.
    void moved(Waiting& waiting);
    /// The pending row is never sent.
    void dropped(Waiting& waiting, PushMetrics::Drop drop);
    /// A line a minute at most: each push is in the lines of level debug. A push server that a
    /// device named has no other line.
    void rejected(const Flight& flight, bool networks_own, int status,
                  const provider::Outcome& outcome);
    /// The provider failed the push, which is kept.
    void setAside() noexcept { counters_->setAside(); }
    /// A line a minute at most.
    void neverEncoded(util::Trace trace, std::string_view problem);
    void deviceDead(const Flight& flight);
    /// Devices that died since devicesDied() was called last.
    std::uint64_t deaths() const { return deaths_; }
    /// One line that tells their number.
    void devicesDied();

    // The credential, the origin and the plugin.
    void credentialUnusable(std::string_view reason);
    void authorizationMissing(std::string_view reason);
    void authorizationThere();
    /// Once: another authorization is made as soon as the network allows. `now` is the
    /// gateway's own time, since a wrong clock is a common cause.
    void authorizationRefused(std::string_view reason, util::WallTime now);
    void credentialPaused(std::string_view reason, std::string_view advice);
    void credentialAccepted();
    /// Nobody was good with it yet, and tokens are foreign to it.
    void credentialDoubtful();
    void credentialSlowedDown(std::string_view reason, std::string_view advice,
                              util::Milliseconds wait);
    /// `advice` is the provider's; empty: it has none, or there was no answer.
    void originFails(std::string_view reason, std::string_view advice, bool networks_own);
    void originWorks(bool networks_own);
    /// A device named an origin without an address that may be connected to. A line a minute at
    /// most, since the holder of the app's key can cause it.
    void addressForbidden(std::string_view reason);
    /// The plugin broke the contract, or an exception got as far as the lane. A line a minute at
    /// most; without memory for it, none.
    void fault(util::Trace trace, std::string_view reason) noexcept;
    void storeAway(std::string_view reason) noexcept { store_trouble_.met(reason); }

  private:
    bool debugs() const { return log_.enabled(log::Level::Debug); }

    PushMetrics& metrics_;
    StoreTrouble& store_trouble_;
    log::Log& log_;
    std::string app_, tenant_, provider_;
    PushMetrics::OfProvider* counters_ = nullptr;  // null: nothing was sent yet
    log::Seldom<util::RealTime> forbidden_, faults_, rejections_, not_encoded_;
    EpisodeLines authorization_lines_, origin_lines_;
    std::uint64_t deaths_ = 0;
};

}  // namespace postbell::dispatch
