// SPDX-License-Identifier: Apache-2.0
#include "net/ticket_keys.h"

#include <catch2/catch.hpp>
#include <memory>

#include "net/tls_context.h"
#include "support/fake_clock.h"
#include "tls_client.h"

using namespace postbell;
using namespace postbell::net;
using namespace std::chrono_literals;

namespace {

using Session = std::unique_ptr<SSL_SESSION, decltype(&SSL_SESSION_free)>;

/// A client and a server that speak in memory.
struct Rig {
    Rig() { keys.serve(context->sslContext()); }

    struct Met {
        bool resumed = false;
        Session session{nullptr, SSL_SESSION_free};
    };
    Met meet(SSL_SESSION* resume = nullptr) {
        const SslPtr server(SSL_new(context->sslContext())), client(SSL_new(client_context.get()));
        BIO *near = nullptr, *far = nullptr;
        BIO_new_bio_pair(&near, 0, &far, 0);
        SSL_set_bio(server.get(), near, near);
        SSL_set_bio(client.get(), far, far);
        SSL_set_accept_state(server.get());
        SSL_set_connect_state(client.get());
        if (resume) SSL_set_session(client.get(), resume);
        for (int i = 0; i < 10; ++i) {
            SSL_do_handshake(client.get());
            SSL_do_handshake(server.get());
        }
        REQUIRE(SSL_is_init_finished(client.get()) == 1);
        // The session of a connection that broke off is not resumed.
        SSL_set_shutdown(client.get(), SSL_SENT_SHUTDOWN);
        return {SSL_session_reused(client.get()) == 1,
                {SSL_get1_session(client.get()), SSL_SESSION_free}};
    }

    const TestCertificate certificate{"server"};
    testing::FakeClock clock;
    TicketKeys keys{clock};
    Poco::Net::Context::Ptr context =
        loadTlsContext(certificate.certificateFile(), certificate.keyFile());
    const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> client_context = [] {
        SSL_CTX* made = SSL_CTX_new(TLS_client_method());
        SSL_CTX_set_max_proto_version(made, TLS1_2_VERSION);
        return std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>(made, SSL_CTX_free);
    }();
};

}  // namespace

TEST_CASE("a ticket is opened for a period after its key was the newest, and renewed then") {
    Rig rig;
    const Session first = rig.meet().session;
    CHECK(rig.meet(first.get()).resumed);

    rig.clock.advance(TicketKeys::kPeriod);
    Rig::Met renewed = rig.meet(first.get());
    CHECK(renewed.resumed);

    rig.clock.advance(TicketKeys::kPeriod);
    CHECK_FALSE(rig.meet(first.get()).resumed);
    CHECK(rig.meet(renewed.session.get()).resumed);
}

TEST_CASE("after a long silence no old ticket is opened") {
    Rig rig;
    const Session first = rig.meet().session;
    rig.clock.advance(3 * TicketKeys::kPeriod);
    CHECK_FALSE(rig.meet(first.get()).resumed);
}

TEST_CASE("two contexts with the same keys open one another's tickets") {
    Rig rig;
    const Session first = rig.meet().session;
    rig.context = loadTlsContext(rig.certificate.certificateFile(), rig.certificate.keyFile());
    CHECK_FALSE(rig.meet(first.get()).resumed);
    rig.keys.serve(rig.context->sslContext());
    CHECK(rig.meet(first.get()).resumed);
}
