// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <cstddef>

#include "util/time.h"

namespace postbell::engine {

/// How much a server may still send before another answer is due. Each frame costs a unit and more
/// by its size; answers and time earn some. Frames that answer nothing (1xx, empty DATA, PRIORITY,
/// PING, SETTINGS, ...) cost the server nothing to send, and the loop of all tenants a tenth of a
/// microsecond and more each. Confined to the loop's thread.
class FrameBudget {
  public:
    /// Units. A thousand answers of sixteen frames each may be on their way at once.
    static constexpr long kMax = 16'384;
    /// An answer is one to twenty frames.
    static constexpr long kPerAnswer = 128;
    /// For PINGs, SETTINGS and GOAWAYs of an idle connection.
    static constexpr long kPerSecond = 100;

    /// False: the server floods the connection.
    bool spend(const nghttp2_frame_hd& frame) { return spend(1 + size(frame)); }
    bool spend(std::size_t units) {
        left_ -= static_cast<long>(std::min(units, static_cast<std::size_t>(kMax)));
        return left_ >= 0;
    }
    /// Also of frames that nghttp2 passes over in silence.
    bool received(std::size_t bytes) { return spend(1 + bytes / 1024); }
    /// Part of an answer's body, whose size is limited: no flood, unless in tiny pieces.
    void delivered(std::size_t bytes) { earn(static_cast<long>(bytes / 256)); }
    void answered() { earn(kPerAnswer); }
    void passed(util::Microseconds time) {
        earn(static_cast<long>(std::min(time, util::Microseconds(std::chrono::hours(1))) *
                               kPerSecond / std::chrono::seconds(1)));
    }

  private:
    static std::size_t size(const nghttp2_frame_hd& frame) {
        switch (frame.type) {
            case NGHTTP2_HEADERS:
            case NGHTTP2_PUSH_PROMISE:
            case NGHTTP2_CONTINUATION:
                return frame.length / 256;  // a byte may stand for a whole field (RFC 7541, 6.1)
            case NGHTTP2_SETTINGS:
                return frame.length / 6;  // a setting each
            default:
                return frame.length / 4096;
        }
    }
    void earn(long units) { left_ = std::min(kMax, left_ + units); }

    long left_ = kMax;
};

}  // namespace postbell::engine
