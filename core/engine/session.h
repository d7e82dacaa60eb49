// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/request.h"
#include "util/time.h"

namespace postbell::engine {

/// One client connection's protocol, as bytes in and bytes out: no socket, no timer, no retry.
/// Confined to the loop's thread.
class Session {
  public:
    enum class Ending {
        Answered,     ///< the whole answer is in the request
        Unprocessed,  ///< not sent, or above a GOAWAY's last stream id
        Refused,      ///< RST_STREAM REFUSED_STREAM: not processed, but the connection goes on
        Broken,       ///< the peer may have processed it; `why` says what happened
        Abandoned,    ///< after abandon()
    };
    /// Called from inside feed(), produce() and peerClosed(): must not call back into the session.
    class Events {
      public:
        /// The session has forgotten the request.
        virtual void requestEnded(Request& request, Ending ending, std::string_view why) = 0;
        virtual void settingsChanged() = 0;
        virtual void goawayReceived(std::uint32_t code, std::string_view debug_data) = 0;
        virtual void pingAnswered() = 0;

      protected:
        ~Events() = default;
    };

    virtual ~Session() = default;

    /// Requests may be submitted before the peer has said anything.
    virtual bool beginsAtOnce() const = 0;
    /// False: the connection is of no use any more, and broken() says why.
    virtual bool feed(std::string_view bytes) = 0;
    /// Appends the bytes that are due, until `out` has `limit` bytes or a frame more. False as
    /// feed().
    virtual bool produce(std::string& out, std::size_t limit) = 0;
    /// Nothing more comes from the peer.
    virtual void peerClosed() = 0;
    /// The peer sends frames that answer nothing, and too many of them.
    virtual bool flooded() const = 0;
    /// The peer caused as much work as so many frames. False as feed().
    virtual bool charge(std::size_t frames) = 0;
    /// So much time passed, which earns the peer some frames.
    virtual void passed(util::Microseconds time) = 0;
    /// The breach of the protocol, in the peer's words or ours; may be empty.
    virtual const std::string& broken() const = 0;
    /// Nothing will be read or sent any more.
    virtual bool finished() const = 0;

    /// `request` must stay until requestEnded(), or until the session is gone. False: the
    /// connection takes no more.
    virtual bool submit(Request& request) = 0;
    /// requestEnded() comes with Abandoned, or produce() fails.
    virtual void abandon(Request& request) = 0;
    /// Whether the protocol knows a question that every peer answers.
    virtual bool pings() const = 0;
    /// Precondition: pings().
    virtual void ping() = 0;
    /// Tells the peer that nothing more comes.
    virtual void sayGoodbye() = 0;

    /// How many requests the peer allows at a time.
    virtual std::uint32_t limit() const = 0;
    virtual std::size_t open() const = 0;
    virtual bool goneAway() const = 0;
};

}  // namespace postbell::engine
