// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <Poco/Net/Context.h>

#include <mutex>
#include <string>
#include <utility>

#include "util/insist.h"
#include "util/real_time.h"
#include "util/trusted_roots.h"

namespace postbell::managed {

/// Whom the HTTP client takes for the server that a URL names. Thread-safe.
class ServerTrust {
  public:
    /// `ca_file`: as util::TrustedRoots has it.
    explicit ServerTrust(std::string ca_file) : roots_(std::move(ca_file)) {
        // A file that is half-written at the first use leaves these in use.
        util::succeeds([this] { roots_.get(util::realNow()); });
    }

    /// Checks servers against the roots as they are now, and by the names in their certificates.
    /// Never changed: connections of other threads check servers by it. Throws std::exception with
    /// a sentence.
    Poco::Net::Context::Ptr context();

  private:
    util::TrustedRoots roots_;
    std::mutex context_mutex_;  // guards the next two
    Poco::Net::Context::Ptr context_;
    util::TrustedRoots::Store context_roots_;
};

}  // namespace postbell::managed
