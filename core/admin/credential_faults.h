// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

#include "store/records/records.h"
#include "util/clock.h"

namespace postbell::admin {

/// Why the gateway cannot use credentials. To open one may take long, and the same bytes give the
/// same answer: it is kept for an hour, the longest time that sending waits before it tries again.
/// Thread-safe; bounded in memory.
class CredentialFaults {
  public:
    /// Opens a credential as sending does. A sentence; empty if the gateway can use it.
    using Open =
        std::function<std::string(const store::Credential& credential, const std::string& app)>;

    /// `open` is called on the threads that ask; `clock` outlives this.
    CredentialFaults(Open open, const util::Clock& clock) : open_(std::move(open)), clock_(clock) {}

    /// As Open. `credential`: with its secrets. Throws what `open` throws.
    std::string of(const store::Credential& credential, const std::string& app);

  private:
    struct Known {
        std::string fault;
        util::SteadyTime since;
    };

    const Open open_;
    const util::Clock& clock_;
    std::mutex known_mutex_;
    std::unordered_map<std::string, Known> known_;  // by a hash of all that is opened
};

}  // namespace postbell::admin
