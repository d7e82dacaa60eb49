// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "store/master_key.h"

namespace postbell::store {

/// A sealed value cannot be opened: another key, another place, or a changed byte.
class SealError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// Seals values with AES-256-GCM under the master key. `place` is table and column, `row` a key of
/// the row that never changes: a value that an attacker copies to another row or column does not
/// open there. A sealed value begins with the id of its key, so that a key can be replaced while
/// values of the old one are still around. Immutable, thread-safe.
class Sealer {
  public:
    explicit Sealer(MasterKey key, std::uint8_t key_id = 1);

    std::string seal(std::string_view place, std::string_view row, std::string_view plain) const;
    /// Throws SealError.
    std::string open(std::string_view place, std::string_view row, std::string_view sealed) const;
    /// The place of the key, for messages.
    const std::string& source() const { return key_.source(); }

  private:
    MasterKey key_;
    std::uint8_t key_id_;
};

}  // namespace postbell::store
