// SPDX-License-Identifier: Apache-2.0
#include "engine/tls_trust.h"

#include <new>
#include <stdexcept>

#include "engine/tls_client_context.h"
#include "util/trust_file.h"

namespace postbell::engine {
namespace {

// Authorities come and go with the system's updates.
constexpr std::chrono::hours kReadAgainAfter{1};

TrustPtr read(const std::string& ca_file) {
    TrustPtr trust(X509_STORE_new(), X509_STORE_free);
    if (!trust) throw std::bad_alloc();
    if (ca_file.empty()) {
        if (X509_STORE_set_default_paths(trust.get()) == 1) return trust;
        throw std::runtime_error("the system's certificates cannot be read: " + lastTlsError());
    }
    if (const std::string problem = util::trustFile(*trust, ca_file); !problem.empty())
        throw std::runtime_error("ca_file " + ca_file + " " + problem);
    return trust;
}

}  // namespace

TrustPtr TrustCache::get(const std::string& ca_file) {
    const util::SteadyTime now = clock_.steady();
    Entry& entry = entries_[ca_file];
    if (!entry.trust || now - entry.read_at >= clock_.ofReal(kReadAgainAfter)) {
        entry.trust = read(ca_file);
        entry.read_at = now;
    }
    return entry.trust;
}

}  // namespace postbell::engine
