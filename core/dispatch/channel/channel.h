// SPDX-License-Identifier: Apache-2.0
// One upload of a credential in use: its session, its guard, the connections that it has, and the
// pushes that were sent through them.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "dispatch/channel/credential_guard.h"
#include "dispatch/channel/failing_origin.h"
#include "dispatch/channel/gate.h"
#include "dispatch/channel/network.h"
#include "dispatch/flight/flights.h"
#include "dispatch/flight/standing.h"
#include "dispatch/queue/origin_waiters.h"
#include "provider/kept_answer.h"

namespace postbell::dispatch {

class Channel;

/// One origin that pushes of a channel go to.
struct Destination final : engine::AnswerSink {
    Destination(Channel& its_channel, std::string_view its_origin, const Access& its_access)
        : channel(its_channel), origin(its_origin), access(its_access) {}

    Channel& channel;
    const std::string origin;
    const Access access;
    Gate gate;
    std::unique_ptr<Connections> pool;  ///< null: closed, or not opened yet
    std::size_t flights = 0;            ///< sent and not answered
    std::uint64_t used = 0;             ///< the number of the last push; grows
    Standing standing = Standing::Unproven;
    std::vector<store::Id> without_slot;  ///< devices that are due as soon as the pool has room
    OriginWaiters waiters;                ///< devices that are due as soon as the origin works

    void answered(std::uint64_t tag, const engine::Answer& answer) override;
    void ready() override;
    bool idle() const { return flights == 0 && without_slot.empty(); }
    /// False: a device named the origin, which is no witness of the credential.
    bool networksOwn() const { return access.named_by == NamedBy::Network; }
};

/// Pushes may not go to an origin; what() is a sentence.
struct OriginRefused : std::invalid_argument {
    using std::invalid_argument::invalid_argument;
};

/// Receives the events of a channel. Must not destroy it; may post its destruction.
class ChannelOwner {
  public:
    virtual void answered(Channel& channel, Flight flight, const engine::Answer& answer) = 0;
    /// The end of encodeBesideLoop(). `request` as Session::encode() gives it.
    virtual void encodingEnded(Channel& channel, Flight flight, provider::Encoded& request) = 0;
    /// More pushes may be sent to that origin.
    virtual void ready(Channel& channel, Destination& destination) = 0;

  protected:
    ~ChannelOwner() = default;
};

/// Bounded, since devices may name origins: at most kMaxPools open pools and kMaxDestinations
/// gates; the idle ones that were used least recently make room. Origins that were not seen to
/// answer soon have kMaxUnprovenPools together: thousands that hang leave the rest to those that
/// work. Confined to the loop's thread.
class Channel {
  public:
    static constexpr std::size_t kMaxPools = 256;
    static constexpr std::size_t kMaxUnprovenPools = 128;
    static constexpr std::size_t kMaxDestinations = 4'096;

    /// Identifies an upload of a credential.
    struct Upload {
        store::Id credential = 0;
        std::int64_t number = 0;
        friend bool operator==(const Upload&, const Upload&) = default;
    };

    /// The references must outlive the channel.
    Channel(Upload upload, std::unique_ptr<Session> session, CredentialGuard guard,
            const Network& network, const ConnectionOpener& open, ChannelOwner& owner);
    ~Channel();
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;

    const Upload& upload() const { return upload_; }
    Session& session() { return *session_; }
    CredentialGuard& guard() { return guard_; }
    const CredentialGuard& guard() const { return guard_; }
    /// The authorization that a push which leaves now is sent with: Flight::authorization.
    std::uint64_t authorizationInUse() const {
        return guard_.authorizationInUse(session_->authorizationNumber());
    }

    /// The destination of all pushes so far, if they all go to one of the network's own origins;
    /// null: there was no push yet, or there are several origins, or devices name them.
    Destination* soleDestination() const {
        return destinations_.size() == 1 && last_ != nullptr && last_->networksOwn() ? last_
                                                                                     : nullptr;
    }
    /// The destination to an origin; it stays as long as it has flights or devices without a slot,
    /// and at least until the next call. Null: there is none yet, and all pools are busy. Throws
    /// OriginRefused.
    Destination* destination(std::string_view origin);
    /// A pool may be opened to an origin that stands so.
    bool hasRoom(Standing standing) const;
    /// How many pushes the destination takes now; opens its pool again if it was closed. 0: more
    /// when ready() is called, or, if the destination has no pool then, when another destination is
    /// idle.
    unsigned slots(Destination& destination);
    /// Precondition: slots(destination) > 0.
    void submit(Destination& destination, provider::Encoded& request, Flight&& flight);

    /// Encodes the flight's push beside the loop, unless the channel is destroyed before.
    /// Precondition: not encoding().
    void encodeBesideLoop(Flight&& flight);
    /// The session belongs to the thread that encodes: answers are kept until it has done so.
    bool encoding() const { return encoding_ != nullptr; }

    /// The push that is being encoded included.
    std::size_t inFlight() const { return flights_.size() + (encoding() ? 1 : 0); }
    /// Takes no more pushes: finishes those under way.
    void drain();
    bool draining() const { return draining_; }
    /// A newer upload took over: drains, and its answers say nothing of the credential any more.
    void supersede();
    bool superseded() const { return superseded_; }
    /// Of all its pools.
    engine::PoolStats stats() const;
    bool originFailing() const;
    /// Those of the network's own: a device may name any.
    std::vector<FailingOrigin> failingOrigins() const;

  private:
    friend Destination;
    void answered(Destination& destination, std::uint64_t tag, const engine::Answer& answer);
    void handOver(Destination& destination, std::uint64_t tag, const engine::Answer& answer);
    void encodingEnded(provider::Encoded& request);
    void makeRoomForDestination();
    bool isFull(Standing standing) const;
    /// The idle pool that would be closed for another; null: none may be.
    Destination* dispensable(Standing standing) const;
    bool makeRoomForPool(Standing standing);
    void openPool(Destination& destination);
    void closePool(Destination& destination);

    const Upload upload_;
    const Network& network_;
    const ConnectionOpener& open_connections_;
    ChannelOwner& owner_;
    std::unique_ptr<Flight> encoding_;  // before the session, which borrows from it
    std::unique_ptr<Session> session_;
    CredentialGuard guard_;
    /// Answers that came while a push was encoded.
    struct Kept {
        Destination* destination;
        std::uint64_t tag;
        provider::KeptAnswer answer;
    };
    std::vector<Kept> kept_;
    Flights flights_;
    std::map<std::string, std::unique_ptr<Destination>, std::less<>> destinations_;
    Destination* last_ = nullptr;  // the result of the last destination()
    std::uint64_t sent_ = 0;
    std::vector<Destination*> open_;  // the destinations with a pool
    bool draining_ = false, superseded_ = false;
    engine::PoolStats closed_;  // sums of closed pools
};

}  // namespace postbell::dispatch
