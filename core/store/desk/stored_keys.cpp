// SPDX-License-Identifier: Apache-2.0
#include "store/desk/stored_keys.h"

#include <optional>

#include "store/records/store_error.h"
#include "store/seal/sealed_places.h"
#include "util/crypto.h"

namespace postbell::store {

namespace {

constexpr const char* kKeyCheck = "key_check";
constexpr const char* kKeyCheckText = "this database is sealed with this key";

constexpr std::size_t kMailboxKeyBytes = 32;
constexpr const char* kMailboxKey = "mailbox_key";

/// Nothing: it is not there, or does not open.
std::optional<std::string> tryOpen(const MetaRows& meta, const Sealer& sealer, const char* name) {
    const std::optional<std::string> sealed = meta.find(name);
    if (!sealed) return std::nullopt;
    try {
        return sealer.open(kMetaPlace, name, *sealed);
    } catch (const SealError&) {
        return std::nullopt;
    }
}

/// Each of the two keys proves the master key: a damaged row does not keep a store closed.
void requireMasterKey(const MetaRows& meta, const Sealer& sealer, std::string_view name) {
    if (tryOpen(meta, sealer, kKeyCheck) || tryOpen(meta, sealer, kMailboxKey)) return;
    if (!meta.find(kKeyCheck) && !meta.find(kMailboxKey)) return;
    throw StoreError("the master key in " + sealer.source() +
                     " is not the one this database was sealed with (" + std::string(name) + ")");
}

}  // namespace

std::optional<std::string> openMailboxKey(MetaRows& meta, const Sealer& sealer,
                                          std::string_view name) {
    requireMasterKey(meta, sealer, name);
    if (!tryOpen(meta, sealer, kKeyCheck))
        meta.put(kKeyCheck, sealer.seal(kMetaPlace, kKeyCheck, kKeyCheckText));
    if (meta.find(kMailboxKey)) return tryOpen(meta, sealer, kMailboxKey);
    std::string key = util::randomBytes(kMailboxKeyBytes);
    meta.put(kMailboxKey, sealer.seal(kMetaPlace, kMailboxKey, key));
    return key;
}

}  // namespace postbell::store
