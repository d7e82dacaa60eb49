// SPDX-License-Identifier: Apache-2.0
#include "engine/tls_client_context.h"

#include <openssl/err.h>

#include <stdexcept>

#include "engine/ip_address.h"
#include "engine/tls_bio.h"
#include "util/server_name.h"
#include "util/tls_chatter.h"
#include "util/tls_groups.h"

namespace postbell::engine {
namespace {

// RFC 9113, 9.2.2: with TLS 1.2, HTTP/2 wants ephemeral keys and AEAD ciphers.
constexpr const char* kTls12Ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";
// RFC 7301, 3.1: in the order of preference.
constexpr unsigned char kHttp2[] = {2, 'h', '2'};
constexpr unsigned char kBoth[] = {2, 'h', '2', 8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

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

TlsClientContext::TlsClientContext(const std::string& host, const TlsIdentity* identity,
                                   Resumption resumption, Protocols protocols)
    : host_(host), protocols_(protocols), context_(SSL_CTX_new(TLS_client_method())) {
    require(context_ != nullptr, "OpenSSL gives no context");
    SSL_CTX* context = context_.get();
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    require(SSL_CTX_set_cipher_list(context, kTls12Ciphers) == 1, "OpenSSL lacks the ciphers");
    require(SSL_CTX_set1_groups_list(context, util::kTlsGroups) == 1, "OpenSSL lacks the groups");
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    util::TlsChatter::prepare(context);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    if (protocols == Protocols::Http2)
        SSL_CTX_set_alpn_protos(context, kHttp2, sizeof kHttp2);
    else
        SSL_CTX_set_alpn_protos(context, kBoth, sizeof kBoth);
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_default_read_buffer_len(context, TlsBuffers::kInBytes);
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

void TlsClientContext::trust(const TrustPtr& roots) {
    if (roots == roots_) return;
    SSL_CTX_set1_cert_store(context_.get(), roots.get());
    // Each connection keeps those that it is checked against.
    require(SSL_CTX_ctrl(context_.get(), SSL_CTRL_SET_VERIFY_CERT_STORE, 1, roots.get()) == 1,
            "OpenSSL takes no roots");
    roots_ = roots;
    forgetSession();  // a resumed session would not be checked against them
}

SslPtr TlsClientContext::newConnection() const {
    SslPtr ssl(SSL_new(context_.get()));
    require(ssl != nullptr, "OpenSSL gives no connection");
    require(util::requireServerName(*SSL_get0_param(ssl.get()), host_), "no server to verify");
    // Names only: RFC 6066, 3.
    if (!IpAddress::parse(host_))
        require(SSL_ctrl(ssl.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                         const_cast<char*>(host_.c_str())) == 1,
                "no server name to send");
    if (session_) SSL_set_session(ssl.get(), session_.get());
    SSL_set_connect_state(ssl.get());
    return ssl;
}

int TlsClientContext::remember(SSL* ssl, SSL_SESSION* session) {
    auto* self = static_cast<TlsClientContext*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), 0));
    X509_STORE* checked_against = nullptr;
    SSL_ctrl(ssl, SSL_CTRL_GET_VERIFY_CERT_STORE, 0, &checked_against);
    // A ticket may come at any time of a connection, which may be older than the roots in use.
    if (checked_against != self->roots_.get()) return 0;
    self->session_.reset(session);
    return 1;  // the reference is ours now
}

}  // namespace postbell::engine
