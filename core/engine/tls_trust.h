// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <openssl/ssl.h>

#include <map>
#include <memory>
#include <string>

#include "util/clock.h"

namespace postbell::engine {

/// The certificate authorities that servers are checked against. Shared: by every pool with the
/// same file, since the system's are hundreds, a megabyte and milliseconds to read.
using TrustPtr = std::shared_ptr<X509_STORE>;

/// Reads a file once for all pools that come within an hour. Confined to the loop's thread.
class TrustCache {
  public:
    explicit TrustCache(const util::Clock& clock) : clock_(clock) {}

    /// `ca_file`: PEM; empty: the system's. Throws std::runtime_error with a sentence if it cannot
    /// be read.
    TrustPtr get(const std::string& ca_file);

  private:
    struct Entry {
        TrustPtr trust;
        util::SteadyTime read_at;
    };

    const util::Clock& clock_;
    std::map<std::string, Entry> entries_;
};

}  // namespace postbell::engine
