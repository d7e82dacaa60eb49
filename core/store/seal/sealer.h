// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "store/seal/master_key.h"

namespace postbell::store {

/// A sealed value cannot be opened: another key, another place, or a changed byte.
class SealError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// Seals values with AES-256-GCM under the master key. `place` is table and column, `row` the
/// row with the neighbours that give the value its meaning: a value that an attacker copies to
/// another place does not open there, see sealed_places.h. A sealed value begins with the id of its
/// key, so that a key can be replaced while values of the old one are still around. Immutable,
/// thread-safe.
class Sealer {
  public:
    explicit Sealer(MasterKey key, std::uint8_t key_id = 1);

    std::string seal(std::string_view place, std::string_view row, std::string_view plain) const;
    /// Throws SealError.
    std::string open(std::string_view place, std::string_view row, std::string_view sealed) const;
    /// The place of the key, for messages.
    const std::string& source() const { return key_.source(); }
    std::string keyFingerprint() const { return key_.fingerprint(); }

  private:
    MasterKey key_;
    std::uint8_t key_id_;
};

}  // namespace postbell::store
