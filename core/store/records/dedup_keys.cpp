// SPDX-License-Identifier: Apache-2.0
#include "store/records/dedup_keys.h"

#include <algorithm>
#include <cstring>

#include "util/crypto.h"

namespace postbell::store {

namespace {

constexpr DedupKey kNewMail = 1;  // the lowest bit

bool sameKind(DedupKey a, DedupKey b) {
    return ((a ^ b) & kNewMail) == 0;
}

}  // namespace

DedupKey dedupKey(std::string_view text, bool new_mail) {
    if (text.empty()) return 0;
    DedupKey key = 0;
    std::memcpy(&key, util::sha256(text).data(), sizeof key);
    key = new_mail ? key | kNewMail : key & ~kNewMail;
    return key != 0 ? key : ~kNewMail;
}

bool DedupKeys::contains(DedupKey key) const {
    const auto end = keys_.begin() + static_cast<std::ptrdiff_t>(size_);
    return key != 0 && std::find(keys_.begin(), end, key) != end;
}

void DedupKeys::add(DedupKey key) {
    if (key == 0) return;
    const auto end = keys_.begin() + static_cast<std::ptrdiff_t>(size_);
    const auto of_kind = [&](DedupKey other) { return sameKind(key, other); };
    const std::size_t most = (key & kNewMail) != 0 ? kMaxNewMail : kMaxCounts;
    const auto known = static_cast<std::size_t>(std::count_if(keys_.begin(), end, of_kind));
    if (known == most) {
        const auto oldest = std::find_if(keys_.begin(), end, of_kind);
        std::move(oldest + 1, end, oldest);
        --size_;
    }
    keys_[size_++] = key;
}

DedupKeys DedupKeys::parse(std::string_view bytes) {
    DedupKeys keys;
    for (; bytes.size() >= sizeof(DedupKey); bytes.remove_prefix(sizeof(DedupKey))) {
        DedupKey key = 0;
        std::memcpy(&key, bytes.data(), sizeof key);
        keys.add(key);
    }
    return keys;
}

std::string DedupKeys::bytes() const {
    std::string bytes(size_ * sizeof(DedupKey), '\0');
    if (size_ > 0) std::memcpy(bytes.data(), keys_.data(), bytes.size());
    return bytes;
}

}  // namespace postbell::store
