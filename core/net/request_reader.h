// SPDX-License-Identifier: Apache-2.0
// From bytes to a whole request: the head, then the body. Pure: no sockets, no clock.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "net/chunked_decoder.h"
#include "net/framing.h"

namespace postbell::net {

class RequestReader {
  public:
    enum class Progress { Head, HeadDone, Body, Complete, Refused };

    explicit RequestReader(const Limits& limits);

    /// Returns how many bytes were used up: none while the head is incomplete. Then the next call
    /// gets the same bytes again, with more behind.
    std::size_t readHead(std::string_view bytes);
    /// After HeadDone.
    std::size_t readBody(std::string_view bytes);

    Progress progress() const { return progress_; }
    const Refusal& refusal() const { return refusal_; }
    const RequestHead& head() const { return head_; }
    /// The whole body is among the `available` bytes behind the head. False of a chunked body,
    /// whose length is not known before its end.
    bool bodyIsWithin(std::size_t available) const {
        return !head_.chunked && head_.content_length <= available;
    }
    /// The memory of the head and of the body, so far: more than its size while it grows.
    std::size_t memory() const {
        return head_bytes_ + body_.capacity() + (chunked_ ? chunked_->memory() : 0);
    }
    /// Complete: gives memory back that the body needed to grow.
    void trim();
    /// Complete: moves the request out, but for its peer, and begins anew.
    Request take();
    /// Begins anew.
    void reset();

  private:
    void refuse(const Refusal& refusal);

    const Limits& limits_;
    Progress progress_ = Progress::Head;
    HeadScanner scanner_;
    RequestHead head_;
    std::size_t head_bytes_ = 0;  ///< the memory that head_ holds
    std::optional<ChunkedDecoder> chunked_;
    std::string body_;
    Refusal refusal_;
};

}  // namespace postbell::net
