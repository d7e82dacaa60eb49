// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

namespace postbell::net {

/// The share of one connection in a round of its reactor, so that a peer that never stops sending
/// delays nobody by more. Its rest has its turn in the next round.
class RoundBudget {
  public:
    /// A step is a read (of 64 KiB at most, over TLS of 16) or a request: some tens of
    /// microseconds. Well-behaved clients need one or two.
    static constexpr unsigned kMaxSteps = 32;

    bool spent(std::uint64_t round) const { return round == round_ && steps_ >= kMaxSteps; }
    void step(std::uint64_t round) {
        if (round != round_) steps_ = 0;
        round_ = round;
        ++steps_;
    }

  private:
    std::uint64_t round_ = 0;
    unsigned steps_ = 0;
};

}  // namespace postbell::net
