// SPDX-License-Identifier: Apache-2.0
// The pushes that were sent and not answered yet.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "dispatch/push_content.h"

namespace postbell::dispatch {

struct TestOutcome;

struct Flight {
    PushContent content;
    store::Id device = 0;
    std::int64_t generation = 0;
    util::Trace trace = 0;
    std::int64_t upload = 0;      ///< of the credential that it was sent with
    std::int64_t authorized = 0;  ///< counts the authorizations: which one it was sent with
    bool probe = false;           ///< of a paused credential, or of an origin that fails
    bool guard_probe = false;
    std::int64_t sent_us = 0;               ///< steady clock
    std::function<void(TestOutcome)> test;  ///< an admin's test push: nothing is stored
};

/// Keeps flights under tags; storage is reused. Confined to one thread.
class Flights {
  public:
    std::uint64_t add(Flight flight) {
        ++size_;
        if (free_.empty()) {
            slots_.push_back(std::move(flight));
            return slots_.size() - 1;
        }
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
    std::vector<Flight> slots_;
    std::vector<std::uint64_t> free_;
    std::size_t size_ = 0;
};

}  // namespace postbell::dispatch
