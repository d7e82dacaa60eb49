// SPDX-License-Identifier: Apache-2.0
// The pushes that were sent and not answered yet.
#pragma once
#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "dispatch/flight/probe_of.h"
#include "dispatch/flight/push_content.h"
#include "util/real_time.h"
#include "util/trace.h"

namespace postbell::dispatch {

struct Destination;

/// A push on its way, from its composition to its answer.
struct Flight {
    PushContent content;
    store::Id device = 0;
    std::int64_t generation = 0;
    util::Trace trace = 0;
    std::uint64_t authorization = 0;     ///< authorizationInUse() when it was sent
    Destination* destination = nullptr;  ///< of its channel, which keeps it until the answer
    ProbeOf probe_of{};
    /// The number of an admin's trial push, whose outcome is not stored; 0: none.
    std::uint64_t trial = 0;
    util::RealTime sent;

    bool isTrial() const { return trial != 0; }
};

/// Flights under tags; storage is reused. Confined to one thread.
class Flights {
  public:
    std::uint64_t add(Flight&& flight) {
        if (free_.empty()) {
            makeRoom();
            ++size_;
            slots_.push_back(std::move(flight));
            return slots_.size() - 1;
        }
        ++size_;
        const std::uint64_t tag = free_.back();
        free_.pop_back();
        slots_[tag] = std::move(flight);
        return tag;
    }
    Flight take(std::uint64_t tag) {
        --size_;
        free_.push_back(tag);
        return std::move(slots_[tag]);
    }
    std::size_t size() const { return size_; }

  private:
    /// take() needs no memory: an answer could be handed over only once.
    void makeRoom() {
        if (slots_.size() < slots_.capacity()) return;
        slots_.reserve(std::max(kFirstSlots, 2 * slots_.size()));
        free_.reserve(slots_.capacity());
    }

    static constexpr std::size_t kFirstSlots = 16;
    std::vector<Flight> slots_;
    std::vector<std::uint64_t> free_;
    std::size_t size_ = 0;
};

}  // namespace postbell::dispatch
