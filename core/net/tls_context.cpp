// SPDX-License-Identifier: Apache-2.0
#include "net/tls_context.h"

#include <Poco/Exception.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <stdexcept>

#include "util/regular_file.h"
#include "util/tls_chatter.h"
#include "util/tls_groups.h"

namespace postbell::net {
namespace {

using Poco::Net::Context;

constexpr std::size_t kMaxFileBytes = 1024 * 1024;

[[noreturn]] void fail(const std::string& setting, const std::string& file,
                       const std::string& reason) {
    ERR_clear_error();
    throw std::runtime_error(setting + " " + file + " " + reason);
}

void checkReadable(const std::string& setting, const std::string& file) {
    if (file.empty())
        throw std::runtime_error(setting + " is missing: TLS needs tls_certificate and tls_key");
    // OpenSSL would wait for a pipe's writer, for ever.
    const auto read = util::readRegularFile(file, kMaxFileBytes);
    if (!read || read->bytes.empty()) fail(setting, file, read ? "is empty" : read.problem());
}

/// A gateway has no user to ask for a password.
int refusePassword(char*, int, int, void* asked) {
    *static_cast<bool*>(asked) = true;
    return -1;
}

void loadKey(SSL_CTX* context, const std::string& file, const std::string& certificate_file) {
    checkReadable("tls_key", file);
    bool password_asked = false;
    const util::OpenSslPtr<BIO> bio(BIO_new_file(file.c_str(), "r"));
    const util::OpenSslPtr<EVP_PKEY> key(
        bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, refusePassword, &password_asked)
            : nullptr);
    if (password_asked)
        fail("tls_key", file, "is protected by a password; store the key without one");
    if (!key) fail("tls_key", file, "holds no private key in PEM form");
    if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1)
        fail("tls_key", file, "does not belong to the certificate in " + certificate_file);
}

/// For TLS 1.2. Windows Server 2012 R2 needs CBC with an RSA certificate.
constexpr const char* kCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES:!aNULL:!eNULL:!MD5:!DSS";

void configure(SSL_CTX* context) {
    // Resumption makes a fleet's check-ins affordable. Tickets need no memory here, so the cache
    // stays off.
    SSL_CTX_clear_options(context, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(context, 1);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                     SSL_OP_PRIORITIZE_CHACHA | SSL_OP_NO_COMPRESSION |
                                     SSL_OP_IGNORE_UNEXPECTED_EOF);
    // Idle connections give their buffers back. An answer may be sent in parts, the later ones from
    // another place.
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    // One recv() for all bytes that have come, instead of two for each record.
    SSL_CTX_set_read_ahead(context, 1);
    util::TlsChatter::prepare(context);
    if (SSL_CTX_set1_groups_list(context, util::kTlsGroups) != 1)
        throw std::runtime_error("OpenSSL has neither X25519 nor P-256");
}

bool hasExpired(const Context& context) {
    return X509_cmp_current_time(
               X509_get0_notAfter(SSL_CTX_get0_certificate(context.sslContext()))) < 0;
}

}  // namespace

Context::Ptr loadTlsContext(const std::string& certificate_file, const std::string& key_file) {
    checkReadable("tls_certificate", certificate_file);
    Context::Params params;
    params.verificationMode = Context::VERIFY_NONE;
    params.cipherList = kCiphers;
    Context::Ptr context = new Context(Context::TLS_SERVER_USE, params);
    context->requireMinimumProtocol(Context::PROTO_TLSV1_2);
    configure(context->sslContext());
    // Not through Poco's Params: its messages don't name the file, and it would ask its SSLManager
    // for a password.
    ERR_clear_error();
    if (SSL_CTX_use_certificate_chain_file(context->sslContext(), certificate_file.c_str()) != 1)
        fail("tls_certificate", certificate_file, "holds no certificate in PEM form");
    loadKey(context->sslContext(), key_file, certificate_file);
    return context;
}

TlsSource::TlsSource(std::string certificate_file, std::string key_file, const util::Clock& clock)
    : certificate_file_(std::move(certificate_file)),
      key_file_(std::move(key_file)),
      ticket_keys_(clock) {
    if (!enabled() && !key_file_.empty())
        throw std::runtime_error(
            "tls_certificate is missing: TLS needs tls_certificate and tls_key");
    if (enabled()) context_ = load();
}

Context::Ptr TlsSource::load() {
    Context::Ptr context = loadTlsContext(certificate_file_, key_file_);
    ticket_keys_.serve(context->sslContext());
    return context;
}

void TlsSource::reload() {
    if (!enabled()) return;
    Context::Ptr fresh = load();
    if (hasExpired(*fresh))
        fail("tls_certificate", certificate_file_, "holds a certificate that has expired");
    const std::lock_guard lock(context_mutex_);
    context_.swap(fresh);
}

Context::Ptr TlsSource::context() const {
    const std::lock_guard lock(context_mutex_);
    return context_;
}

bool TlsSource::expired() const {
    return enabled() && hasExpired(*context());
}

SslPtr TlsSource::open(int descriptor) const {
    const Context::Ptr context = this->context();
    SslPtr ssl(SSL_new(
        context->sslContext()));  // counts the reference: the SSL may outlive Poco's context
    if (ssl && SSL_set_fd(ssl.get(), descriptor) != 1) ssl.reset();
    if (ssl) SSL_set_accept_state(ssl.get());
    return ssl;
}

}  // namespace postbell::net
