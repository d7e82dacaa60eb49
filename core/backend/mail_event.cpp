// SPDX-License-Identifier: Apache-2.0
#include "backend/mail_event.h"

#include "util/crypto.h"

namespace postbell::backend {
namespace {

constexpr std::size_t kDedupHashBytes = 16;

}  // namespace

std::string MailEvent::dedupHash() const {
    if (dedup_key.empty()) return {};
    std::string hash = util::sha256(dedup_key);
    hash.resize(kDedupHashBytes);
    return hash;
}

}  // namespace postbell::backend
