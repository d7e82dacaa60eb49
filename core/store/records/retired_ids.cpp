// SPDX-License-Identifier: Apache-2.0
#include "store/records/retired_ids.h"

namespace postbell::store {

namespace {

constexpr std::size_t kHashBytes = 32;
constexpr std::size_t kMaxBytes = 16 * kHashBytes;

}  // namespace

bool isRetired(std::string_view retired, std::string_view id_hash) {
    for (; retired.size() >= kHashBytes; retired.remove_prefix(kHashBytes)) {
        if (retired.substr(0, kHashBytes) == id_hash) return true;
    }
    return false;
}

std::string retire(std::string_view retired, std::string_view id_hash) {
    std::string all = std::string(retired).append(id_hash);
    if (all.size() > kMaxBytes) all.erase(0, all.size() - kMaxBytes);
    return all;
}

}  // namespace postbell::store
