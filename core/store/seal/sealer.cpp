// SPDX-License-Identifier: Apache-2.0
#include "store/seal/sealer.h"

#include "util/crypto.h"

namespace postbell::store {

namespace {

// The length before the row keeps ("a", "bc") and ("ab", "c") apart, and the key's id cannot be
// exchanged unnoticed.
std::string contextOf(std::uint8_t key_id, std::string_view place, std::string_view row) {
    const std::string key = std::to_string(key_id), length = std::to_string(place.size());
    std::string context;
    context.reserve(key.size() + length.size() + place.size() + row.size() + 2);
    context.append(key).append(":").append(length).append(":").append(place).append(row);
    return context;
}

}  // namespace

Sealer::Sealer(MasterKey key, std::uint8_t key_id) : key_(std::move(key)), key_id_(key_id) {}

std::string Sealer::seal(std::string_view place, std::string_view row,
                         std::string_view plain) const {
    std::string sealed(1, static_cast<char>(key_id_));
    sealed += util::aesGcmSeal(key_.bytes(), plain, contextOf(key_id_, place, row));
    return sealed;
}

std::string Sealer::open(std::string_view place, std::string_view row,
                         std::string_view sealed) const {
    if (sealed.empty()) throw SealError("a sealed value in " + std::string(place) + " is empty");
    const auto key_id = static_cast<std::uint8_t>(sealed.front());
    if (key_id != key_id_) {
        throw SealError("a value in " + std::string(place) + " was sealed with master key " +
                        std::to_string(key_id) + "; this one is " + std::to_string(key_id_));
    }
    try {
        return util::aesGcmOpen(key_.bytes(), sealed.substr(1), contextOf(key_id_, place, row));
    } catch (const std::runtime_error&) {
        throw SealError("a value in " + std::string(place) +
                        " does not open with the master key in " + key_.source());
    }
}

}  // namespace postbell::store
