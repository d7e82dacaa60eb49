// SPDX-License-Identifier: Apache-2.0
#include <fstream>

#include "engine/tls_identity.h"
#include "engine_fixture.h"
#include "support/eventually.h"
#include "support/temporary_folder.h"

using namespace postbell;
using namespace postbell::test;
using Catch::Matchers::Contains;
using engine::Failure;

TEST_CASE("a refused connection names the host, the address and the reason", "[engine]") {
    EngineFixture fixture;
    const std::string port = std::to_string(unusedPort());
    fixture.open(fixture.options("https://localhost:" + port));

    const auto answer = fixture.ask(1);

    CHECK(answer.failure == Failure::Connect);
    CHECK(answer.status == 0);
    CHECK_THAT(answer.detail,
               Contains("localhost:" + port) && Contains("127.0.0.1") && Contains("refused"));
    CHECK(fixture.stats().connect_failures == 1);
}

TEST_CASE("all addresses of a name are tried", "[engine]") {
    EngineFixture fixture;
    H2TestServer server(fixture.certificate,
                        {});  // on 127.0.0.1; localhost is ::1 as well on most machines
    fixture.open(fixture.options("https://localhost:" + std::to_string(server.port())));

    CHECK(fixture.ask(1).status == 200);
}

TEST_CASE("a name without an address is said so", "[engine]") {
    EngineFixture fixture;
    fixture.open(fixture.options("https://no-such-host.invalid"));

    const auto answer = fixture.ask(1);

    CHECK(answer.failure == Failure::Connect);
    CHECK_THAT(answer.detail, Contains("no-such-host.invalid"));
}

TEST_CASE("a certificate that is not trusted, not for this host or expired is refused",
          "[engine]") {
    EngineFixture fixture;
    CertificatePem certificate = fixture.certificate;
    std::string expected;
    SECTION("of another authority") {
        certificate = TestAuthority().issue("localhost", "DNS:localhost,IP:127.0.0.1");
        expected = "issuer";
    }
    SECTION("for another name") {
        certificate = fixture.authority.issue("other", "DNS:other.example,IP:127.0.0.2");
        expected = "mismatch";
    }
    SECTION("with the name in the subject's common name of an address") {
        certificate = fixture.authority.issue("127.0.0.1", "DNS:other.example");
        expected = "mismatch";
    }
    SECTION("expired") {
        certificate = fixture.authority.issue("localhost", "IP:127.0.0.1", -1);
        expected = "expired";
    }
    H2TestServer server(certificate, {});
    fixture.open(fixture.options(server.origin()));

    const auto answer = fixture.ask(1);

    CHECK(answer.failure == Failure::Tls);
    CHECK_THAT(answer.detail, Contains(expected) && Contains("127.0.0.1"));
    CHECK(server.requests().empty());
}

TEST_CASE("a certificate without the host's name in subjectAltName is refused", "[engine]") {
    EngineFixture fixture;
    // The subject's common name is the host's in each of them.
    const auto names = GENERATE(as<std::string>{}, "", "IP:127.0.0.1", "email:mail@localhost");
    CAPTURE(names);
    H2TestServer server(fixture.authority.issue("localhost", names), {});
    fixture.open(fixture.options("https://localhost:" + std::to_string(server.port())));

    const auto answer = fixture.ask(1);

    CHECK(answer.failure == Failure::Tls);
    CHECK_THAT(answer.detail, Contains("mismatch"));
    CHECK(server.requests().empty());
}

TEST_CASE("a server that does not choose h2 is refused", "[engine]") {
    EngineFixture fixture;
    H2Script script;
    script.alpn = GENERATE(as<std::string>{}, "http/1.1", "");
    H2TestServer server(fixture.certificate, script);
    fixture.open(fixture.options(server.origin()));

    const auto answer = fixture.ask(1);

    CHECK(answer.failure == Failure::Tls);
    CHECK_THAT(answer.detail, Contains("HTTP/2"));
}

TEST_CASE("the connect time-out covers every stage", "[engine]") {
    EngineFixture fixture;
    H2Script script;
    std::string stage;
    SECTION("no TLS") {
        script.greeting = H2Script::Greeting::NoTls;
        stage = "TLS handshake";
    }
    SECTION("no SETTINGS") {
        script.greeting = H2Script::Greeting::Silence;
        stage = "SETTINGS";
    }
    H2TestServer server(fixture.certificate, script);
    auto options = fixture.options(server.origin());
    options.connect_timeout = util::Milliseconds(150);
    fixture.open(options);
    const auto start = std::chrono::steady_clock::now();

    const auto answer = fixture.ask(1);

    CHECK(answer.failure == Failure::Connect);
    CHECK_THAT(answer.detail, Contains("time ran out") && Contains(stage));
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(3));
    CHECK(eventually([&] { return server.openConnections() == 0; }));
}

TEST_CASE("a black hole is given up after the connect time-out", "[engine]") {
    EngineFixture fixture;
    // 192.0.2.0/24 is for documentation (RFC 5737): no host answers, or a router says so.
    auto options = fixture.options("https://192.0.2.1");
    options.connect_timeout = util::Milliseconds(150);
    fixture.open(options);

    const auto answer = fixture.ask(1);

    CHECK(answer.failure == Failure::Connect);
    CHECK_THAT(answer.detail, Contains("192.0.2.1"));
}

TEST_CASE("a server that talks something else after TLS is refused clearly", "[engine]") {
    EngineFixture fixture;
    H2Script script;
    std::string expected;
    SECTION("garbage") {
        script.greeting = H2Script::Greeting::Garbage;
        expected = "broke the protocol";
    }
    SECTION("nothing, and the end") {
        script.greeting = H2Script::Greeting::Close;
        expected = "closed by the peer";
    }
    H2TestServer server(fixture.certificate, script);
    fixture.open(fixture.options(server.origin()));

    const auto answer = fixture.ask(1);

    CHECK(answer.failure == Failure::Connect);
    CHECK_THAT(answer.detail, Contains(expected) && Contains("127.0.0.1"));
}

TEST_CASE("a server that demands a client certificate gets ours", "[engine]") {
    EngineFixture fixture;
    H2Script script;
    script.client_ca = fixture.authority.certificate();
    H2TestServer server(fixture.certificate, script);
    auto options = fixture.options(server.origin());
    const auto client = fixture.authority.issue("com.example.mail", "");
    options.identity = engine::TlsIdentity::load(client.certificate + client.key);
    fixture.open(options);

    CHECK(fixture.ask(1).status == 200);
}

TEST_CASE("a server that refuses our certificate, or that we have none, gives a TLS failure",
          "[engine]") {
    EngineFixture fixture;
    H2Script script;
    script.client_ca = fixture.authority.certificate();
    H2TestServer server(fixture.certificate, script);
    auto options = fixture.options(server.origin());
    std::string expected = "certificate required";
    SECTION("none") {}
    SECTION("of another authority") {
        const auto client = TestAuthority().issue("com.example.mail", "");
        options.identity = engine::TlsIdentity::load(client.certificate + client.key);
        expected = "alert";
    }
    fixture.open(options);

    const auto answer = fixture.ask(1);

    CHECK(answer.failure == Failure::Tls);
    CHECK_THAT(answer.detail, Contains(expected));
}

TEST_CASE("a second connection resumes the TLS session of the first", "[engine]") {
    EngineFixture fixture(20.0);
    H2TestServer server(fixture.certificate, {});
    auto options = fixture.options(server.origin());
    options.requests_per_connection = 1;
    fixture.open(options);

    CHECK(fixture.ask(1).status == 200);
    CHECK(fixture.ask(2).status == 200);

    CHECK(server.connections() == 2);
    CHECK(server.resumed() == 1);
}

TEST_CASE("the next connection is checked against the CA file as it is by then", "[engine]") {
    EngineFixture fixture(20.0);
    H2TestServer server(fixture.certificate, {});
    const testing::TemporaryFolder folder;
    auto options = fixture.options(server.origin());
    options.ca_file = folder.file("roots.pem");
    auto failure = Failure::Connect;
    std::string expected = options.ca_file;
    SECTION("it was not there") {}
    SECTION("it lacked the authority") {
        std::ofstream(options.ca_file) << TestAuthority().certificate();
        failure = Failure::Tls;
        expected = "unable to get local issuer certificate";
    }
    fixture.open(options);
    const auto before = fixture.ask(1);
    CHECK(before.failure == failure);
    CHECK_THAT(before.detail, Contains(expected));

    std::ofstream(options.ca_file)
        << fixture.authority.certificate() << fixture.authority.certificate();

    REQUIRE(testing::eventually([&] { return fixture.slots() > 0; }));
    CHECK(fixture.ask(2).status == 200);
}
