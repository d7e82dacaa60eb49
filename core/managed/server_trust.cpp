// SPDX-License-Identifier: Apache-2.0
#include "managed/server_trust.h"

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include "util/real_time.h"
#include "util/server_name.h"
#include "util/tls_groups.h"

namespace postbell::managed {
namespace {

/// Poco's own check, which comes behind this one, accepts the subject's common name as well.
int checkServer(X509_STORE_CTX* check, void*) {
    const auto* const ssl = static_cast<const SSL*>(
        X509_STORE_CTX_get_ex_data(check, SSL_get_ex_data_X509_STORE_CTX_idx()));
    // Poco asks every server for the URL's host, by an address as well.
    const char* const host = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    if (host != nullptr && util::requireServerName(*X509_STORE_CTX_get0_param(check), host))
        return X509_verify_cert(check);
    X509_STORE_CTX_set_error(check, X509_V_ERR_APPLICATION_VERIFICATION);
    return 0;
}

}  // namespace

Poco::Net::Context::Ptr ServerTrust::context() {
    const std::lock_guard lock(context_mutex_);
    const util::TrustedRoots::Store roots = roots_.get(util::realNow());
    if (roots == context_roots_) return context_;
    Poco::Net::Context::Ptr fresh(new Poco::Net::Context(Poco::Net::Context::TLS_CLIENT_USE, "", "",
                                                         "", Poco::Net::Context::VERIFY_STRICT, 9,
                                                         false));
    fresh->requireMinimumProtocol(Poco::Net::Context::PROTO_TLSV1_2);
    SSL_CTX_set1_groups_list(fresh->sslContext(), util::kTlsGroups);
    SSL_CTX_set1_cert_store(fresh->sslContext(), roots.get());
    SSL_CTX_set_cert_verify_callback(fresh->sslContext(), checkServer, nullptr);
    context_ = fresh;
    context_roots_ = roots;
    return context_;
}

}  // namespace postbell::managed
