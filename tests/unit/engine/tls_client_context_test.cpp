// SPDX-License-Identifier: Apache-2.0
#include "engine/tls_client_context.h"

#include <openssl/pem.h>
#include <catch2/catch.hpp>

#include "support/test_certificates.h"
#include "util/openssl.h"

using namespace postbell;
using namespace postbell::test;
using engine::SslPtr;
using engine::TlsClientContext;

namespace {

util::OpenSslPtr<BIO> reader(const std::string& pem) {
    return util::OpenSslPtr<BIO>(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

engine::TrustPtr trustIn(const TestAuthority& authority) {
    engine::TrustPtr roots(X509_STORE_new(), X509_STORE_free);
    const util::OpenSslPtr<X509> root(
        PEM_read_bio_X509(reader(authority.certificate()).get(), nullptr, nullptr, nullptr));
    X509_STORE_add_cert(roots.get(), root.get());
    return roots;
}

/// The ends of one connection, over memory.
struct Ends {
    SslPtr client, server;

    Ends(const TlsClientContext& clients, SSL_CTX& servers)
        : client(clients.newConnection()), server(SSL_new(&servers)) {
        BIO *near = nullptr, *far = nullptr;
        REQUIRE(BIO_new_bio_pair(&near, 0, &far, 0) == 1);
        SSL_set_bio(client.get(), near, near);
        SSL_set_bio(server.get(), far, far);
        SSL_set_accept_state(server.get());
    }
    /// What each end has to say reaches the other.
    void talk() const {
        char unread[64];
        for (int turn = 0; turn < 8; ++turn)
            for (SSL* end : {client.get(), server.get()}) {
                SSL_do_handshake(end);
                SSL_read(end, unread, sizeof unread);
            }
    }
    bool isSecure() const { return SSL_is_init_finished(client.get()) == 1; }
    bool isResumed() const { return SSL_session_reused(client.get()) == 1; }
};

struct Bench {
    Bench() {
        const CertificatePem pem = authority.issue("mail.example.com", "DNS:mail.example.com");
        const util::OpenSslPtr<X509> certificate(
            PEM_read_bio_X509(reader(pem.certificate).get(), nullptr, nullptr, nullptr));
        const util::OpenSslPtr<EVP_PKEY> key(
            PEM_read_bio_PrivateKey(reader(pem.key).get(), nullptr, nullptr, nullptr));
        SSL_CTX_use_certificate(servers.get(), certificate.get());
        SSL_CTX_use_PrivateKey(servers.get(), key.get());
        clients.trust(trustIn(authority));
    }
    Ends connected() const {
        Ends ends(clients, *servers);
        ends.talk();
        return ends;
    }

    TestAuthority authority;
    util::OpenSslPtr<SSL_CTX> servers{SSL_CTX_new(TLS_server_method())};
    TlsClientContext clients{"mail.example.com", nullptr, engine::Resumption::Yes};
};

}  // namespace

TEST_CASE("a session is resumed", "[engine]") {
    const Bench bench;
    const Ends first = bench.connected();  // OpenSSL resumes none that was cut off
    CHECK_FALSE(first.isResumed());
    CHECK(bench.connected().isResumed());
}

TEST_CASE("a session that was checked against other roots is not resumed", "[engine]") {
    Bench bench;
    const Ends before = bench.connected();
    REQUIRE(before.isSecure());
    bench.clients.trust(trustIn(TestAuthority()));

    SECTION("though the connection stays open") {}
    SECTION("though its server sends a ticket later") {
        REQUIRE(SSL_new_session_ticket(before.server.get()) == 1);
        before.talk();
    }

    CHECK_FALSE(bench.connected().isSecure());
}

TEST_CASE("a server cannot choose a key exchange that costs the loop much", "[engine]") {
    Bench bench;
    const char* const costly = GENERATE("ffdhe8192", "ffdhe2048", "P-521", "X448");
    CAPTURE(costly);
    REQUIRE(SSL_CTX_set1_groups_list(bench.servers.get(), costly) == 1);
    CHECK_FALSE(bench.connected().isSecure());
    REQUIRE(SSL_CTX_set1_groups_list(bench.servers.get(), "P-384") == 1);
    CHECK(bench.connected().isSecure());
}
