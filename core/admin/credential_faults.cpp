// SPDX-License-Identifier: Apache-2.0
#include "admin/credential_faults.h"

#include <chrono>

#include "util/crypto.h"

namespace postbell::admin {
namespace {

constexpr std::chrono::hours kKeptFor{1};
constexpr std::size_t kMaxKnown = 10'000;

/// Each part with its length, so that different credentials are different texts.
std::string fingerprint(const store::Credential& credential, const std::string& app) {
    std::string all;
    const auto add = [&all](const std::string& part) {
        all += std::to_string(part.size()) + ":" + part;
    };
    for (const std::string* part :
         {&credential.provider, &app, &credential.password, &credential.content})
        add(*part);
    for (const auto& [name, value] : credential.settings) {
        add(name);
        add(value);
    }
    return util::sha256(all);
}

}  // namespace

std::string CredentialFaults::of(const store::Credential& credential, const std::string& app) {
    const std::string key = fingerprint(credential, app);
    const util::SteadyTime now = clock_.steady();
    {
        const std::lock_guard lock(known_mutex_);
        const auto found = known_.find(key);
        if (found != known_.end() && now - found->second.since < kKeptFor)
            return found->second.fault;
    }
    std::string fault = open_(credential, app);
    const std::lock_guard lock(known_mutex_);
    if (known_.size() >= kMaxKnown) known_.clear();
    known_.insert_or_assign(key, Known{fault, now});
    return fault;
}

}  // namespace postbell::admin
