// SPDX-License-Identifier: Apache-2.0
// HTTP/2 as bytes in and bytes out: no socket, no timer, no retry.
#pragma once
#include <nghttp2/nghttp2.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "engine/frame_budget.h"
#include "engine/request.h"

namespace postbell::engine {

/// "ENHANCE_YOUR_CALM" and its like; "error 0x…" for codes beyond RFC 9113, 7.
std::string errorName(std::uint32_t code);

/// One client connection's state, on nghttp2. Confined to the loop's thread.
class Http2Session {
  public:
    enum class Ending {
        Answered,     ///< the whole answer is in the request
        Unprocessed,  ///< not sent, or above a GOAWAY's last stream id
        Refused,      ///< RST_STREAM REFUSED_STREAM: not processed, but the connection goes on
        Broken,       ///< the peer may have processed it; `why` says what happened
        Abandoned,    ///< after abandon()
    };
    /// Called from inside feed() and produce(): must not call back into the session.
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

    static constexpr std::uint32_t kMaxStreams = 1000;  ///< even if the peer allows more

    explicit Http2Session(Events& events);
    ~Http2Session();
    Http2Session(const Http2Session&) = delete;
    Http2Session& operator=(const Http2Session&) = delete;

    /// False: the connection is of no use any more, and broken() says why.
    bool feed(std::string_view bytes);
    /// Appends the frames that are due, until `out` has `limit` bytes or a frame more. False as
    /// feed().
    bool produce(std::string& out, std::size_t limit);
    /// The peer sends frames that answer nothing, and too many of them.
    bool flooded() const { return flooded_; }
    /// The peer caused as much work as so many frames. False as feed().
    bool charge(std::size_t frames);
    /// So much time passed, which earns the peer some frames.
    void passed(util::Microseconds time) { budget_.passed(time); }
    /// The breach of the protocol, in the peer's words or ours; may be empty.
    const std::string& broken() const { return broken_; }
    /// Nothing will be read or sent any more.
    bool finished() const;

    /// `request` must stay until requestEnded(), or until the session is gone. False: stream ids
    /// ran out.
    bool submit(Request& request);
    /// Resets the stream; requestEnded() comes with Abandoned.
    void abandon(Request& request);
    void ping();
    /// Tells the peer that nothing more comes.
    void sayGoodbye();

    /// How many streams the peer allows at a time.
    std::uint32_t limit() const;
    std::size_t open() const { return open_; }
    bool goneAway() const { return gone_away_; }

  private:
    struct Callbacks;
    struct Delete {
        void operator()(nghttp2_session* p) const { nghttp2_session_del(p); }
    };

    Request* find(std::int32_t stream_id) const;
    void frameReceived(const nghttp2_frame& frame);
    void flood();
    void goawaySent(const nghttp2_goaway& goaway);
    void addBody(Request& request, std::string_view bytes);
    void streamClosed(Request& request, std::uint32_t code);

    Events& events_;
    std::unique_ptr<nghttp2_session, Delete> session_;
    FrameBudget budget_;
    std::size_t open_ = 0;
    bool flooded_ = false;
    bool gone_away_ = false;
    std::string broken_;
};

}  // namespace postbell::engine
