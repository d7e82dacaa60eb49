// SPDX-License-Identifier: Apache-2.0
// One connection of a pool, from the attempt to the end.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/connector.h"
#include "engine/device_connections.h"
#include "engine/loop.h"
#include "engine/pool.h"
#include "engine/request.h"
#include "engine/session.h"
#include "engine/tls_channel.h"

namespace postbell::engine {

class Connection;

/// The pool, as its connections see it. Must not destroy a connection inside these.
class ConnectionOwner {
  public:
    virtual void connectionOpened(Connection& connection) = 0;
    /// The connection never opened.
    virtual void connectionFailed(Connection& connection, Failure failure,
                                  const std::string& why) = 0;
    /// The connection was open. Its requests were handed back before this.
    virtual void connectionEnded(Connection& connection, const std::string& why) = 0;
    virtual void connectionGoesAway(Connection& connection, const std::string& why) = 0;
    virtual void requestEnded(Request& request, Session::Ending ending, std::string_view why) = 0;
    /// A frame is due, or slots() changed: flush() is wanted at the end of the turn.
    virtual void connectionChanged() = 0;

  protected:
    ~ConnectionOwner() = default;
};

/// Confined to the loop's thread.
class Connection final : TlsChannel::Listener, Session::Events {
  public:
    /// References must outlive the connection.
    Connection(ConnectionOwner& owner, std::uint64_t number, Loop& loop, const PoolOptions& options,
               const ClockTimes& times, const std::optional<ProxyAddress>& proxy,
               TlsClientContext& tls, std::optional<IpAddress>& good);
    /// Ends without a word to the owner.
    ~Connection();

    void start();

    /// From 1, never twice in a pool.
    std::uint64_t number() const { return number_; }
    bool connecting() const { return state_ == State::Connecting; }
    /// May carry new requests, now or when earlier ones are answered.
    bool usable() const { return state_ == State::Open && !given_up_; }
    unsigned slots() const;
    unsigned openRequests() const;
    /// Went away or ended soon after it opened, without an answer and not by our will, or allowed
    /// no request for long: as bad as a failed attempt.
    bool wasUseless() const;
    /// Ended since the peer sent too much that answers nothing.
    bool flooded() const { return flooded_; }
    bool goneAway() const { return session_ && session_->goneAway(); }
    /// No request was answered here since this one was submitted.
    bool answeredNothingSince(const Request& request) const {
        return request.answers_before == answers_;
    }

    /// Precondition: slots() > 0. False if it cannot take any more after all.
    bool submit(Request& request);
    /// Time ran out for the request, and the pool answered it itself; requestEnded() comes with
    /// Abandoned when nghttp2 has let go. A connection that was silent meanwhile takes no
    /// more requests until it answers a PING, and soon is not usable any more.
    void abandon(Request& request);
    /// A request got no answer: asks by a PING whether the peer is alive, unless one is under way.
    void probe();
    /// Takes no more requests, and ends when those under way are answered.
    void retire();
    bool retired() const { return retired_; }
    /// Sends all frames that are due. `scratch` is any buffer.
    void flush(std::string& scratch);
    /// Ends at once: requestEnded() for each request left, then connectionEnded() or
    /// connectionFailed().
    void end(Failure failure, const std::string& why);

  private:
    /// Draining: takes no more requests, by our will (retired_) or the peer's.
    enum class State { Connecting, Open, Draining, Ended };

    /// Its place among the connections to servers that devices named.
    class DeviceMember final : public DeviceConnections::Member {
      public:
        DeviceMember(DeviceConnections& all, std::uint64_t owner, Connection& connection)
            : Member(all, owner), connection_(connection) {}
        void makeRoom() override { connection_.retire(); }

      private:
        Connection& connection_;
    };

    void connected(Connector::Result result, util::SteadyTime started_at);
    void open(std::shared_ptr<TlsChannel> channel, util::SteadyTime started_at);
    /// False: the connection has ended, or will.
    bool write(std::string& scratch);
    util::SteadyTime now() const { return loop_.clock().steady(); }
    void beIdle();
    void watchLimit();
    void armKeepalive();
    void keepalive();
    void closeChannel();
    std::string name() const;

    void received(std::string_view plain) override;
    void allReceived() override;
    void writable() override;
    void ended(const TlsChannel::Failed& failed) override;
    void requestEnded(Request& request, Session::Ending ending, std::string_view why) override;
    void settingsChanged() override;
    void goawayReceived(std::uint32_t code, std::string_view debug_data) override;
    void pingAnswered() override;

    ConnectionOwner& owner_;
    const std::uint64_t number_;
    Loop& loop_;
    const PoolOptions& options_;
    const ClockTimes& times_;
    State state_ = State::Connecting;
    std::shared_ptr<Connector> connector_;
    std::shared_ptr<TlsChannel> channel_;
    std::unique_ptr<Session> session_;
    std::string address_;
    std::string last_words_;  ///< of a GOAWAY
    PlaceList requests_;
    std::uint32_t requests_ever_ = 0;
    std::uint32_t answers_ = 0;
    bool retired_ = false;        ///< by our will
    bool settings_came_ = false;  ///< the peer's SETTINGS came
    bool starved_ = false;        ///< the peer allowed no request for long
    bool flooded_ = false;
    unsigned goaways_ = 0;
    bool pinging_ = false;
    bool suspect_ = false;   ///< a request timed out in silence; no slots until a PING is answered
    bool given_up_ = false;  ///< suspect for too long: another connection may take its place
    util::SteadyTime opened_at_;
    util::SteadyTime heard_at_;
    util::SteadyTime idle_since_;  ///< when it last had a request
    std::optional<DeviceMember> device_member_;
    Timer connect_timer_;
    Timer keepalive_timer_;
    Timer suspect_timer_;
    Timer starved_timer_;
};

}  // namespace postbell::engine
