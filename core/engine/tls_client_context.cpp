// SPDX-License-Identifier: Apache-2.0
#include "engine/tls_client_context.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <stdexcept>

#include "engine/ip_address.h"
#include "engine/tls_bio.h"
#include "util/tls_chatter.h"

namespace postbell::engine {
namespace {

// RFC 9113, 9.2.2: with TLS 1.2, HTTP/2 wants ephemeral keys and AEAD ciphers.
constexpr const char* kTls12Ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr unsigned char kAlpn[] = {2, 'h', '2'};

void require(bool ok, const std::string& what) {
    if (!ok) throw std::runtime_error(what + ": " + lastTlsError());
}

}  // namespace

std::string lastTlsError() {
    const unsigned long code = ERR_peek_last_error();
    ERR_clear_error();
    const char* reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
    return reason ? reason : "an unknown error";
}

TlsClientContext::TlsClientContext(const std::string& host, const TrustPtr& trust,
                                   const TlsIdentity* identity, Resumption resumption)
    : host_(host), context_(SSL_CTX_new(TLS_client_method())) {
    require(context_ != nullptr, "OpenSSL gives no context");
    SSL_CTX* context = context_.get();
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    require(SSL_CTX_set_cipher_list(context, kTls12Ciphers) == 1, "OpenSSL lacks the ciphers");
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    util::TlsChatter::prepare(context);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_alpn_protos(context, kAlpn, sizeof kAlpn);
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_default_read_buffer_len(context, TlsBuffers::kInBytes);
    SSL_CTX_set1_cert_store(context, trust.get());
    if (identity) identity->presentBy(*context);
    if (resumption == Resumption::No) {
        SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
        return;
    }

    // A client keeps its sessions itself; the newest is the one that the server wants back (RFC
    // 8446, C.4).
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_set_ex_data(context, 0, this);
    SSL_CTX_sess_set_new_cb(context, remember);
}

TlsClientContext::~TlsClientContext() {
    SSL_CTX_sess_set_new_cb(context_.get(), nullptr);
}

SslPtr TlsClientContext::newConnection() const {
    SslPtr ssl(SSL_new(context_.get()));
    require(ssl != nullptr, "OpenSSL gives no connection");
    X509_VERIFY_PARAM* verify = SSL_get0_param(ssl.get());
    if (IpAddress::parse(host_)) {
        require(X509_VERIFY_PARAM_set1_ip_asc(verify, host_.c_str()) == 1, "no address to verify");
    } else {
        X509_VERIFY_PARAM_set_hostflags(verify, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        require(X509_VERIFY_PARAM_set1_host(verify, host_.data(), host_.size()) == 1,
                "no host name to verify");
        // Names only: RFC 6066, 3.
        require(SSL_ctrl(ssl.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                         const_cast<char*>(host_.c_str())) == 1,
                "no server name to send");
    }
    if (session_) SSL_set_session(ssl.get(), session_.get());
    SSL_set_connect_state(ssl.get());
    return ssl;
}

int TlsClientContext::remember(SSL* ssl, SSL_SESSION* session) {
    auto* self = static_cast<TlsClientContext*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), 0));
    self->session_.reset(session);
    return 1;  // the reference is ours now
}

}  // namespace postbell::engine
