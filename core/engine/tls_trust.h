// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>

#include "util/trusted_roots.h"

namespace postbell::engine {

using TrustPtr = util::TrustedRoots::Store;

/// The roots of all pools, read once for those that have the same file. Confined to the loop's
/// thread.
class TrustCache {
  public:
    /// As of now, for a new connection: see util::TrustedRoots.
    TrustPtr get(const std::string& ca_file) {
        return roots_.try_emplace(ca_file, ca_file).first->second.get(util::realNow());
    }

  private:
    std::map<std::string, util::TrustedRoots> roots_;
};

}  // namespace postbell::engine
