// SPDX-License-Identifier: Apache-2.0
// HTTP/1.1 (RFC 9112) as bytes in and bytes out, one request at a time: for push servers that
// devices name and that have no HTTP/2.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/frame_budget.h"
#include "engine/session.h"

namespace postbell::engine {

/// Strict where leniency would let two readers differ: lines end with CR LF, no folded lines, no
/// length beside a transfer coding, no coding but chunked. An answer has the bounds that one over
/// HTTP/2 has. Confined to the loop's thread.
class Http1Session final : public Session {
  public:
    explicit Http1Session(Events& events) : events_(events) {}

    bool beginsAtOnce() const override { return true; }
    bool feed(std::string_view bytes) override;
    bool produce(std::string& out, std::size_t limit) override;
    void peerClosed() override;
    bool flooded() const override { return flooded_; }
    bool charge(std::size_t frames) override;
    void passed(util::Microseconds time) override { budget_.passed(time); }
    const std::string& broken() const override { return broken_; }
    bool finished() const override { return closing_ && request_ == nullptr; }

    bool submit(Request& request) override;
    /// HTTP/1.1 cannot take a request back: the connection ends with it.
    void abandon(Request& request) override;
    bool pings() const override { return false; }
    void ping() override {}
    void sayGoodbye() override { said_goodbye_ = true; }

    std::uint32_t limit() const override { return closing_ ? 0 : 1; }
    std::size_t open() const override { return request_ != nullptr ? 1 : 0; }
    bool goneAway() const override { return false; }

  private:
    /// The part of an answer that the next byte belongs to.
    enum class Part {
        StatusLine,
        Fields,
        Body,
        BodyUntilClose,
        ChunkSize,
        Chunk,
        ChunkEnd,
        Trailers
    };
    /// What the fields of an answer's head say about its body.
    struct Framing {
        bool length_seen = false;
        bool chunked = false;
        std::uint64_t length = 0;
    };

    bool fail(std::string_view why);
    bool take(std::string_view& bytes);
    bool takeBody(std::string_view& bytes);
    bool line(std::string_view text);
    bool statusLine(std::string_view text);
    bool field(std::string_view text);
    bool framing(std::string_view name, std::string_view value);
    bool headEnded();
    bool chunkSize(std::string_view text);
    void answered();
    void close(std::string_view why);

    Events& events_;
    FrameBudget budget_;
    Request* request_ = nullptr;
    std::string head_;  // of the request; sent up to head_sent_
    std::size_t head_sent_ = 0;
    Part part_ = Part::StatusLine;
    std::string line_;  // as far as it has come
    Framing framing_;
    std::uint64_t left_ = 0;     // of the body or the chunk
    bool closing_ = false;       // no other request follows
    bool said_goodbye_ = false;  // nothing is sent any more
    bool flooded_ = false;
    std::string broken_;
};

}  // namespace postbell::engine
