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
#include "engine/session.h"

namespace postbell::engine {

/// "ENHANCE_YOUR_CALM" and its like; "error 0x…" for codes beyond RFC 9113, 7.
std::string errorName(std::uint32_t code);

/// On nghttp2. Confined to the loop's thread.
class Http2Session final : public Session {
  public:
    static constexpr std::uint32_t kMaxStreams = 1000;  ///< even if the peer allows more

    explicit Http2Session(Events& events);
    ~Http2Session() override;
    Http2Session(const Http2Session&) = delete;
    Http2Session& operator=(const Http2Session&) = delete;

    /// The peer's SETTINGS come first.
    bool beginsAtOnce() const override { return false; }
    bool feed(std::string_view bytes) override;
    bool produce(std::string& out, std::size_t limit) override;
    void peerClosed() override {}
    bool flooded() const override { return flooded_; }
    bool charge(std::size_t frames) override;
    void passed(util::Microseconds time) override { budget_.passed(time); }
    const std::string& broken() const override { return broken_; }
    bool finished() const override;

    /// False: stream ids ran out.
    bool submit(Request& request) override;
    /// Resets the stream; requestEnded() comes with Abandoned.
    void abandon(Request& request) override;
    bool pings() const override { return true; }
    void ping() override;
    void sayGoodbye() override;

    /// How many streams the peer allows at a time.
    std::uint32_t limit() const override;
    std::size_t open() const override { return open_; }
    bool goneAway() const override { return gone_away_; }

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
