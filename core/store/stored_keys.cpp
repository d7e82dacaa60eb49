// SPDX-License-Identifier: Apache-2.0
#include "store/stored_keys.h"

#include <optional>

#include "store/sealed_places.h"
#include "store/store_error.h"
#include "util/crypto.h"

namespace postbell::store {

namespace {

constexpr const char* kKeyCheck = "key_check";
constexpr const char* kKeyCheckText = "this database is sealed with this key";

constexpr std::size_t kMailboxKeyBytes = 32;
constexpr const char* kMailboxKey = "mailbox_key";

}  // namespace

bool checkMasterKey(const MetaRows& meta, const Sealer& sealer, std::string_view name) {
    const std::optional<std::string> sealed = meta.find(kKeyCheck);
    if (!sealed) return false;
    try {
        if (sealer.open(kMetaPlace, kKeyCheck, *sealed) == kKeyCheckText) return true;
    } catch (const SealError&) {
        // Said below, in a sentence that an admin can act upon.
    }
    throw StoreError("the master key in " + sealer.source() +
                     " is not the one this database was sealed with (" + std::string(name) + ")");
}

std::string openMailboxKey(MetaRows& meta, const Sealer& sealer, std::string_view name) {
    if (!checkMasterKey(meta, sealer, name))
        meta.put(kKeyCheck, sealer.seal(kMetaPlace, kKeyCheck, kKeyCheckText));
    if (const std::optional<std::string> sealed = meta.find(kMailboxKey))
        return openSealed(sealer, name, kMetaPlace, kMailboxKey, *sealed);
    std::string key = util::randomBytes(kMailboxKeyBytes);
    meta.put(kMailboxKey, sealer.seal(kMetaPlace, kMailboxKey, key));
    return key;
}

std::string openSealed(const Sealer& sealer, std::string_view name, std::string_view place,
                       std::string_view row, std::string_view sealed) {
    try {
        return sealer.open(place, row, sealed);
    } catch (const SealError& error) {
        throw StoreError("the database " + std::string(name) + ": " + error.what());
    }
}

}  // namespace postbell::store
