// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string_view>

namespace postbell::kit {

/// A hash for dedup_key: FNV-1a, 64 bits. Such a key is compared with one other key
/// only, and must not give away the ids that it is made of. The same on every machine.
class DedupHash {
  public:
    void add(std::string_view text) {
        for (const char c : text) mix(static_cast<unsigned char>(c));
        mix(0xFF);  // in no UTF-8 text, so that ("ab", "c") and ("a", "bc") differ
    }
    std::uint64_t value() const { return value_; }

  private:
    void mix(unsigned char byte) { value_ = (value_ ^ byte) * 0x100000001B3u; }
    std::uint64_t value_ = 0xCBF29CE484222325u;
};

}  // namespace postbell::kit
