// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>
#include <catch2/catch.hpp>
#include <filesystem>

#include "server_fixture.h"
#include "tls_client.h"

using namespace postbell::net;
using namespace std::chrono_literals;
using postbell::test::RawClient;
using End = RawClient::End;

namespace {

ServerSettings tlsSettings(const std::string& certificate, const std::string& key,
                           Limits limits = {}, unsigned reactors = 1) {
    ServerSettings settings = ServerUnderTest::settings(limits, "127.0.0.1:0", reactors);
    settings.tls_certificate = certificate;
    settings.tls_key = key;
    return settings;
}

ServerSettings tlsSettings(const TestCertificate& certificate, Limits limits = {}) {
    return tlsSettings(certificate.certificateFile(), certificate.keyFile(), limits);
}

}  // namespace

TEST_CASE("requests are served over TLS, one after the other and pipelined") {
    const TestCertificate certificate("server");
    ServerUnderTest server(tlsSettings(certificate), echo);
    TlsClient client(server->port());
    CHECK(client.version() == "TLSv1.3");
    for (int i = 0; i < 3; ++i) {
        client.send(post("hello"));
        CHECK(client.read(14).find("POST /p? hello") != std::string::npos);
    }
    // In one record: the second lies in the TLS layer, of which no event tells.
    client.send(post("one") + post("two"));
    const std::string first = client.read(12);
    const std::string both =
        first.find("two") == std::string::npos ? first + client.read(12) : first;
    CHECK(both.find("POST /p? one") != std::string::npos);
    CHECK(both.find("POST /p? two") != std::string::npos);
}

TEST_CASE("large bodies and answers pass through TLS, answered from another thread") {
    const TestCertificate certificate("server");
    HeldRequests held;
    ServerUnderTest server(tlsSettings(certificate), held.handler());
    const std::string body(900'000, 'b');
    for (int i = 0; i < 2; ++i) {
        TlsClient client(server->port());
        std::thread sender([&] { client.send(post(body) + post("behind")); });
        auto large = held.next();
        sender.join();
        CHECK(large.first.body == body);
        large.second.send({200, {}, body + body});
        CHECK(client.read(1'800'000).size() > 1'800'000);
        auto behind = held.next();
        CHECK(behind.first.body == "behind");
        behind.second.send({204, {}, ""});
        CHECK_FALSE(client.read(0).empty());
    }
}

TEST_CASE("versions before TLS 1.2 are refused, TLS 1.2 is served") {
    const TestCertificate certificate("server");
    ServerUnderTest server(tlsSettings(certificate), echo);
    CHECK_THROWS(TlsClient(server->port(), {.max_version = TLS1_1_VERSION}));
    CHECK(server.eventually([](const ServerStats& stats) { return stats.tls_failures == 1; }));
    TlsClient client(server->port(), {.max_version = TLS1_2_VERSION});
    client.send(post("x"));
    CHECK_FALSE(client.read(10).empty());
}

TEST_CASE("X25519 is preferred, P-256 is there for clients without") {
    const TestCertificate certificate("server");
    ServerUnderTest server(tlsSettings(certificate), echo);
    CHECK(TlsClient(server->port()).group() == NID_X25519);
    CHECK(TlsClient(server->port(), {.groups = "X448:P-256"}).group() == NID_X9_62_prime256v1);
    CHECK_THROWS(TlsClient(server->port(), {.groups = "X448"}));
}

TEST_CASE("a session is resumed from a ticket") {
    const TestCertificate certificate("server");
    ServerUnderTest server(tlsSettings(certificate), echo);
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        TlsClient first(server->port(), {.max_version = version});
        first.send(post("x"));
        REQUIRE_FALSE(first.read(10).empty());  // in 1.3 the ticket comes with it
        CHECK_FALSE(first.resumed());
        const TlsClient::Session session = first.session();
        TlsClient second(server->port(), {.max_version = version, .resume = session.get()});
        CHECK(second.resumed());
        second.send(post("x"));
        CHECK_FALSE(second.read(10).empty());
    }
}

TEST_CASE("each resumed connection of TLS 1.3 brings the ticket for the next") {
    const TestCertificate certificate("server");
    ServerUnderTest server(tlsSettings(certificate), echo);
    std::vector<std::unique_ptr<TlsClient>> clients;  // a session outlives no end without a word
    TlsClient::Session session{nullptr, SSL_SESSION_free};
    for (int i = 0; i < 4; ++i) {
        clients.push_back(std::make_unique<TlsClient>(
            server->port(), TlsOptions{.max_version = TLS1_3_VERSION, .resume = session.get()}));
        clients.back()->send(post("x"));
        REQUIRE_FALSE(clients.back()->read(10).empty());
        CHECK(clients.back()->resumed() == (i > 0));
        session = clients.back()->session();
        CHECK(SSL_SESSION_has_ticket(session.get()) == 1);
    }
}

TEST_CASE("a session is resumed on every reactor, and after a reload") {
    const TestCertificate certificate("server");
    ServerSettings settings = tlsSettings(certificate);
    settings.reactors = 3;
    ServerUnderTest server(settings, echo);
    TlsClient first(server->port(), {.max_version = TLS1_2_VERSION});
    first.send(post("x"));
    REQUIRE_FALSE(first.read(10).empty());
    const TlsClient::Session session = first.session();
    std::vector<std::unique_ptr<TlsClient>> more;  // open at once, so that each reactor has some
    for (int i = 0; i < 9; ++i) {
        if (i == 6) server->reloadTls();
        more.push_back(std::make_unique<TlsClient>(
            server->port(), TlsOptions{.max_version = TLS1_2_VERSION, .resume = session.get()}));
        CHECK(more.back()->resumed());
    }
}

TEST_CASE("new TLS files serve new connections, and the old ones live on") {
    const TestCertificate certificate("old"), renewed("new");
    ServerUnderTest server(tlsSettings(certificate), echo);
    TlsClient before(server->port());
    CHECK(before.commonName() == "old");

    std::filesystem::copy(renewed.certificateFile(), certificate.certificateFile(),
                          std::filesystem::copy_options::overwrite_existing);
    CHECK_THROWS_WITH(server->reloadTls(), Catch::Contains("key.pem does not belong to"));
    CHECK(TlsClient(server->port()).commonName() == "old");

    std::filesystem::copy(renewed.keyFile(), certificate.keyFile(),
                          std::filesystem::copy_options::overwrite_existing);
    server->reloadTls();
    CHECK(TlsClient(server->port()).commonName() == "new");
    before.send(post("x"));
    CHECK_FALSE(before.read(10).empty());
}

TEST_CASE("an expired certificate does not take the place of a good one") {
    const TestCertificate certificate("old"), expired("new", -60);
    ServerUnderTest server(tlsSettings(certificate), echo);
    for (const auto& [from, to] :
         {std::pair(expired.certificateFile(), certificate.certificateFile()),
          std::pair(expired.keyFile(), certificate.keyFile())})
        std::filesystem::copy(from, to, std::filesystem::copy_options::overwrite_existing);

    CHECK_THROWS_WITH(server->reloadTls(), Catch::Contains("has expired"));

    CHECK(TlsClient(server->port()).commonName() == "old");
}

TEST_CASE("TLS files that cannot be used are named, with the reason") {
    const TestCertificate certificate("server"), other("other");
    postbell::log::Log log({.level = postbell::log::Level::Error,
                            .format = postbell::log::Format::Text,
                            .file = "/dev/null"});
    const auto failure = [&log](const std::string& certificate_file,
                                const std::string& key_file) -> std::string {
        try {
            HttpServer(tlsSettings(certificate_file, key_file), echo, log);
        } catch (const std::runtime_error& error) {
            return error.what();
        }
        return "none";
    };
    const std::string good = certificate.certificateFile(), key = certificate.keyFile();
    CHECK(failure(good, key) == "none");
    CHECK(failure("/nowhere/c.pem", key) ==
          "tls_certificate /nowhere/c.pem cannot be read: No such file or directory");
    CHECK(failure(good, "/nowhere/k.pem") ==
          "tls_key /nowhere/k.pem cannot be read: No such file or directory");
    const std::string empty = certificate.file("empty.pem", ""),
                      garbage = certificate.file("garbage.pem", "garbage");
    CHECK(failure(empty, key) == "tls_certificate " + empty + " is empty");
    const std::string pipe = certificate.file("pipe.pem", "");
    std::filesystem::remove(pipe);
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    CHECK_THAT(failure(pipe, key), Catch::Contains("is not a regular file"));
    CHECK(failure(garbage, key) ==
          "tls_certificate " + garbage + " holds no certificate in PEM form");
    CHECK(failure(good, garbage) == "tls_key " + garbage + " holds no private key in PEM form");
    CHECK(failure(good, other.keyFile()) ==
          "tls_key " + other.keyFile() + " does not belong to the certificate in " + good);
    CHECK(failure(good, certificate.encryptedKeyFile()) ==
          "tls_key " + certificate.encryptedKeyFile() +
              " is protected by a password; store the key without one");
    CHECK(failure("/tmp", key).find("tls_certificate /tmp ") == 0);
    CHECK(failure(good, "") == "tls_key is missing: TLS needs tls_certificate and tls_key");
    CHECK(failure("", key) == "tls_certificate is missing: TLS needs tls_certificate and tls_key");
}

TEST_CASE("a client of plain HTTP on a TLS port is told so, and its connection closed cleanly") {
    const TestCertificate certificate("server");
    ServerUnderTest server(tlsSettings(certificate), echo);
    RawClient client = server.client();
    client.send(post(std::string(5000, 'x')));
    const auto response = client.readResponse();
    REQUIRE(response);
    CHECK(response->status == 400);
    CHECK(response->body.find("HTTPS") != std::string::npos);
    CHECK(client.waitForEnd() == End::Closed);
    CHECK(server->stats().tls_failures == 1);
}

TEST_CASE("garbage and silence on a TLS port end within the time for the first byte") {
    const TestCertificate certificate("server");
    ServerUnderTest server(tlsSettings(certificate, {.first_byte_timeout = 300ms}), echo);
    RawClient silent = server.client(), half_way = server.client(), garbage = server.client();
    half_way.send(std::string("\x16\x03\x01\x02\x00\x01\x00", 7));
    garbage.send(std::string(100, '\xff'));
    CHECK(garbage.waitForEnd() != End::StillOpen);
    CHECK(silent.waitForEnd() != End::StillOpen);
    CHECK(half_way.waitForEnd() != End::StillOpen);
    TlsClient idle(server->port());
    CHECK(idle.raw().waitForEnd() != End::StillOpen);
}

TEST_CASE("TLS connections that end abruptly leave the others alone") {
    const TestCertificate certificate("server");
    HeldRequests held;
    ServerUnderTest server(tlsSettings(certificate.certificateFile(), certificate.keyFile(), {}, 2),
                           held.handler());
    TlsClient steady(server->port());
    for (int i = 0; i < 30; ++i) {
        TlsClient doomed(server->port());
        doomed.send(post("doomed"));
        auto late = held.next();
        doomed.raw().abort();
        late.second.send({200, {}, std::string(100'000, 'x')});
        steady.send(post("steady"));
        held.next().second.send({200, {}, "ok"});
        REQUIRE_FALSE(steady.read(2).empty());
    }
    CHECK(server.eventually([](const ServerStats& stats) { return stats.connections == 1; }));
}

TEST_CASE("a server with TLS stops as one without") {
    const TestCertificate certificate("server");
    HeldRequests held;
    ServerUnderTest server(tlsSettings(certificate), held.handler());
    TlsClient idle(server->port()), busy(server->port());
    busy.send(post("busy"));
    auto in_work = held.next();
    std::thread stopping([&] { server->stop(5'000ms); });
    CHECK(idle.read(0).empty());
    in_work.second.send({200, {}, "answered"});
    CHECK(busy.read(8).find("connection: close\r\n\r\nanswered") != std::string::npos);
    stopping.join();
}
