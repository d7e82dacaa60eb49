// SPDX-License-Identifier: Apache-2.0
#include "support/tls_server_context.h"

#include <openssl/pem.h>

#include <string_view>

namespace postbell::test {
namespace {

using util::OpenSslPtr;

OpenSslPtr<BIO> memory(const std::string& text) {
    return OpenSslPtr<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

int selectAlpn(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
               unsigned in_size, void* data) {
    const auto& wanted = *static_cast<const std::string*>(data);
    for (unsigned i = 0; i < in_size; i += in[i] + 1u)
        if (std::string_view(reinterpret_cast<const char*>(in + i + 1), in[i]) == wanted) {
            *out = in + i + 1;
            *out_size = in[i];
            return SSL_TLSEXT_ERR_OK;
        }
    return SSL_TLSEXT_ERR_NOACK;
}

}  // namespace

util::OpenSslPtr<SSL_CTX> tlsServerContext(const CertificatePem& pem, const std::string& alpn,
                                           const std::string& client_ca) {
    OpenSslPtr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()));
    const OpenSslPtr<X509> certificate(
        PEM_read_bio_X509(memory(pem.certificate).get(), nullptr, nullptr, nullptr));
    const OpenSslPtr<EVP_PKEY> key(
        PEM_read_bio_PrivateKey(memory(pem.key).get(), nullptr, nullptr, nullptr));
    SSL_CTX_use_certificate(context.get(), certificate.get());
    SSL_CTX_use_PrivateKey(context.get(), key.get());
    const unsigned char id[] = "test";
    SSL_CTX_set_session_id_context(context.get(), id, sizeof id);
    if (!alpn.empty())
        SSL_CTX_set_alpn_select_cb(context.get(), selectAlpn, const_cast<std::string*>(&alpn));
    if (!client_ca.empty()) {
        const OpenSslPtr<X509> authority(
            PEM_read_bio_X509(memory(client_ca).get(), nullptr, nullptr, nullptr));
        X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), authority.get());
        SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                           nullptr);
    }
    return context;
}

}  // namespace postbell::test
