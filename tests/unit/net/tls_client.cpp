// SPDX-License-Identifier: Apache-2.0
#include "tls_client.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/time.h>

#include <cstdio>
#include <fstream>
#include <stdexcept>

namespace postbell::net {
namespace {

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;
File openFile(const std::string& name) {
    return {std::fopen(name.c_str(), "w"), std::fclose};
}

}  // namespace

TestCertificate::TestCertificate(const std::string& common_name, long seconds) {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"),
                                                                  EVP_PKEY_free);
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), seconds);
    X509_set_pubkey(certificate.get(), key.get());
    const void* name = common_name.c_str();
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                               static_cast<const unsigned char*>(name), -1, -1, 0);
    X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get()));
    X509_sign(certificate.get(), key.get(), EVP_sha256());
    PEM_write_X509(openFile(certificateFile()).get(), certificate.get());
    PEM_write_PrivateKey(openFile(keyFile()).get(), key.get(), nullptr, nullptr, 0, nullptr,
                         nullptr);
    char password[] = "password";
    PEM_write_PrivateKey(openFile(encryptedKeyFile()).get(), key.get(), EVP_aes_128_cbc(), nullptr,
                         0, nullptr, password);
}

std::string TestCertificate::file(const std::string& name, const std::string& content) const {
    std::ofstream(folder_.file(name)) << content;
    return folder_.file(name);
}

TlsClient::TlsClient(std::uint16_t port, const TlsOptions& options)
    : tcp_(port),
      context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free),
      ssl_(nullptr, SSL_free) {
    const timeval patience{5, 0};
    ::setsockopt(tcp_.descriptor(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    SSL_CTX_set_security_level(context_.get(),
                               0);  // so that old versions are offered, for the server to refuse
    if (options.max_version) SSL_CTX_set_max_proto_version(context_.get(), options.max_version);
    if (options.groups) SSL_CTX_set1_groups_list(context_.get(), options.groups);
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_fd(ssl_.get(), tcp_.descriptor());
    if (options.resume) SSL_set_session(ssl_.get(), options.resume);
    ERR_clear_error();
    if (SSL_connect(ssl_.get()) != 1) throw std::runtime_error("the handshake failed");
}

void TlsClient::send(std::string_view bytes) {
    if (SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) <= 0)
        throw std::runtime_error("not sent");
}

std::string TlsClient::read(std::size_t body_bytes) {
    std::string received;
    for (;;) {
        const std::size_t head = received.find("\r\n\r\n");
        if (head != std::string::npos && received.size() >= head + 4 + body_bytes) return received;
        char buffer[16 * 1024];
        const int got = SSL_read(ssl_.get(), buffer, sizeof buffer);
        if (got <= 0) return {};
        received.append(buffer, static_cast<std::size_t>(got));
    }
}

std::string TlsClient::keyUpdates(int count, bool answer_wanted) {
    BIO* const out = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl_.get(), BIO_new_socket(tcp_.descriptor(), BIO_NOCLOSE), out);
    for (int i = 0; i < count; ++i) {
        SSL_key_update(ssl_.get(),
                       answer_wanted ? SSL_KEY_UPDATE_REQUESTED : SSL_KEY_UPDATE_NOT_REQUESTED);
        SSL_do_handshake(ssl_.get());
    }
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(out, &bytes);
    return {bytes, static_cast<std::size_t>(size)};
}

void TlsClient::updateKey() {
    SSL_key_update(ssl_.get(), SSL_KEY_UPDATE_NOT_REQUESTED);
    SSL_do_handshake(ssl_.get());
}

void TlsClient::askToRenegotiate() {
    const timeval none{0, 1'000};
    ::setsockopt(tcp_.descriptor(), SOL_SOCKET, SO_RCVTIMEO, &none, sizeof none);
    SSL_renegotiate(ssl_.get());
    SSL_do_handshake(ssl_.get());  // fails: the server does not go along
}

std::string TlsClient::commonName() const {
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(
        SSL_get1_peer_certificate(ssl_.get()), X509_free);
    char name[100] = {};
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, name,
                              sizeof name);
    return name;
}

}  // namespace postbell::net
