// SPDX-License-Identifier: Apache-2.0
#include "engine/tls_trust.h"

#include <new>
#include <stdexcept>

#include "engine/tls_client_context.h"

namespace postbell::engine {
namespace {

// Authorities come and go with the system's updates.
constexpr std::chrono::hours kReadAgainAfter{1};

TrustPtr read(const std::string& ca_file) {
    TrustPtr trust(X509_STORE_new(), X509_STORE_free);
    if (!trust) throw std::bad_alloc();
    const bool ok = ca_file.empty() ? X509_STORE_set_default_paths(trust.get()) == 1
                                    : X509_STORE_load_file(trust.get(), ca_file.c_str()) == 1;
    if (ok) return trust;
    const std::string what =
        ca_file.empty() ? "the system's certificates" : "the certificates in " + ca_file;
    throw std::runtime_error(what + " cannot be read: " + lastTlsError());
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
