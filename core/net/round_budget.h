// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>

namespace postbell::net {

/// The share of one connection in a round of its reactor, so that a peer that never stops sending
/// delays no other by more. Its rest has its turn in the next round.
/// Steps bound the bytes and the records of a round, and so its time: no clock is read for each.
class RoundBudget {
  public:
    /// A step is a read, over TLS of one record at most, or a request. Well-behaved clients need
    /// one or two.
    static constexpr unsigned kMaxSteps = 32;
    /// Of a read; a TLS record has a quarter of it.
    static constexpr std::size_t kMaxReadBytes = std::size_t{64} * 1024;
    /// A round of the dearest bytes, a body in chunks of one byte, takes 6 ms.
    static constexpr std::size_t kMaxBytes = kMaxSteps * kMaxReadBytes;

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
