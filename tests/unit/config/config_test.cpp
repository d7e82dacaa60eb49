// SPDX-License-Identifier: Apache-2.0
#include "config/config.h"

#include <nlohmann/json.hpp>

#include <catch2/catch.hpp>

using namespace postbell::config;
using postbell::util::Milliseconds;

namespace {

const std::string kSecrets = "[secrets]\nmaster_key_env = \"KEY\"\n";

Config parsed(const std::string& text) {
    return parse(kSecrets + text, "/etc/postbell/postbell.toml");
}

}  // namespace

TEST_CASE("a file with nothing but the master key has safe defaults", "[config]") {
    const Config config = parsed("");

    CHECK(config.registration.address == "127.0.0.1:8443");
    CHECK(config.registration.public_url == "http://127.0.0.1:8443");
    CHECK(config.mailbox.address == "127.0.0.1:8444");
    CHECK(config.admin.address == "127.0.0.1:8445");
    CHECK(config.registration.check_every_seconds == 300);
    CHECK(config.registration.forget_waiting_after_hours == 24);
    CHECK(config.registration.max_registrations_per_app == 2'000'000);
    CHECK(config.registration.registrations_per_minute_per_app == 0);
    CHECK(config.gateway.clock_speed == 1);
    CHECK(config.store.url == "sqlite:///var/lib/postbell/postbell.db");
    CHECK(config.admin.token_file.empty());
    CHECK(config.plugins.directory == "/usr/lib/postbell/plugins");
    CHECK(config.log.file.empty());
    CHECK(config.dispatch.quiet_delay == Milliseconds(2000));
    CHECK(config.dispatch.connections_per_credential == 1);
    CHECK(config.backends.empty());
    CHECK(config.warnings.size() == 2);  // no backend, no provider
}

TEST_CASE("every key is read", "[config]") {
    const Config config = parse(R"(
[gateway]
region = "emea"
[listener.registration]
address = "0.0.0.0:8443"
public_url = "https://Push.Example.com/"
tls_certificate = "/etc/postbell/tls.pem"
tls_key = "tls.key"
max_connections = 20_000
max_connections_per_address = 7
max_body_bytes = 4096
header_timeout_ms = 100
body_timeout_ms = 200
idle_timeout_ms = 300
max_in_work = 5
reactors = 2
registrations_per_minute_per_address = 3
registrations_per_minute_per_app = 4
changes_per_minute_per_registration = 5
check_every_seconds = 60
forget_waiting_after_hours = 0
max_registrations_per_app = 5
[listener.mailbox]
address = "[::]:8444"
public_url = "https://listener.example.com:444"
tls_certificate = "a"
tls_key = "b"
[listener.admin]
address = "localhost:9000"
token_file = "/run/token"
[store]
url = "sqlite:///srv/p.db"
[secrets]
master_key_file = "master.key"
[plugins]
directory = "../lib"
[egress]
proxy = "http://proxy.example.com:8080"
ca_file = "ca.pem"
[log]
level = "debug"
format = "json"
file = "/var/log/postbell.log"
[dispatch]
quiet_delay_ms = 10
connections_per_credential = 3
request_timeout_ms = 1000
retry_max_ms = 5000
)",
                                "/etc/postbell/postbell.toml");

    CHECK(config.gateway.region == "emea");
    const auto& registration = config.registration;
    CHECK(registration.public_url == "https://push.example.com");
    CHECK(registration.tls());
    CHECK_FALSE(registration.loopback);
    CHECK(registration.tls_key == "/etc/postbell/tls.key");
    CHECK(registration.limits.connections == 20'000);
    CHECK(registration.limits.connections_per_address == 7);
    CHECK(registration.limits.body_bytes == 4096);
    CHECK(registration.limits.header_timeout == Milliseconds(100));
    CHECK(registration.limits.body_timeout == Milliseconds(200));
    CHECK(registration.limits.idle_timeout == Milliseconds(300));
    CHECK(registration.limits.in_work == 5);
    CHECK(registration.reactors == 2);
    CHECK(registration.registrations_per_minute_per_address == 3);
    CHECK(registration.registrations_per_minute_per_app == 4);
    CHECK(registration.changes_per_minute_per_registration == 5);
    CHECK(registration.check_every_seconds == 60);
    CHECK(registration.forget_waiting_after_hours == 0);
    CHECK(registration.max_registrations_per_app == 5);
    CHECK(config.mailbox.address == "[::]:8444");
    CHECK(config.mailbox.public_url == "https://listener.example.com:444");
    CHECK(config.admin.address == "127.0.0.1:9000");
    CHECK(config.admin.token_file == "/run/token");
    CHECK(config.store.url == "sqlite:///srv/p.db");
    CHECK(config.store.url_at.line > 0);
    CHECK(config.secrets.master_key_file == "/etc/postbell/master.key");
    CHECK(config.plugins.directory == "/etc/lib");
    CHECK(config.egress.proxy == "http://proxy.example.com:8080");
    CHECK(config.egress.ca_file == "/etc/postbell/ca.pem");
    CHECK(config.log.level == postbell::log::Level::Debug);
    CHECK(config.log.format == postbell::log::Format::Json);
    CHECK(config.log.file == "/var/log/postbell.log");
    CHECK(config.dispatch.quiet_delay == Milliseconds(10));
    CHECK(config.dispatch.connections_per_credential == 3);
    CHECK(config.dispatch.request_timeout == Milliseconds(1000));
    CHECK(config.dispatch.retry_max == Milliseconds(5000));
}

TEST_CASE("an empty text means not set", "[config]") {
    const Config config = parsed(
        "[listener.admin]\ntoken_file = \"\"\npublic_url = \"\"\n[egress]\nproxy = \"\"\n"
        "[log]\nlevel = \"\"\n");

    CHECK(config.admin.token_file.empty());
    CHECK(config.egress.proxy.empty());
    CHECK(config.log.level == postbell::log::Level::Info);
}

TEST_CASE("limits for each client are on where the listener sees its clients", "[config]") {
    const std::string open =
        "[listener.registration]\npublic_url = \"https://a\"\naddress = \"0.0.0.0:1\"\n";

    SECTION("not on a loopback address") {
        const Config config = parsed("[listener.registration]\nmax_connections = 50000\n");
        CHECK(config.registration.registrations_per_minute_per_address == 0);
        CHECK(config.registration.limits.connections_per_address == 50'000);
    }
    SECTION("behind a proxy elsewhere: for each app alone, with a warning") {
        const Config config = parsed(open);
        CHECK(config.registration.registrations_per_minute_per_address == 0);
        CHECK(config.registration.registrations_per_minute_per_app > 0);
        CHECK(config.registration.limits.connections_per_address == 1'000);
        CHECK(config.warnings.at(0).find("plain HTTP on 0.0.0.0:1") != std::string::npos);
    }
    SECTION("with TLS") {
        const Config config = parsed(open + "tls_certificate = \"a\"\ntls_key = \"b\"\n");
        CHECK(config.registration.registrations_per_minute_per_address > 0);
        CHECK(config.warnings.size() == 2);
    }
}

TEST_CASE("port 0 leaves the URL to the listener that binds", "[config]") {
    CHECK(parsed("[listener.mailbox]\naddress = \"127.0.0.1:0\"\n").mailbox.public_url.empty());
}

TEST_CASE("a sped-up clock is for loopback, and is warned of", "[config]") {
    const Config config = parsed("[gateway]\nclock_speed = 60\n");

    CHECK(config.gateway.clock_speed == 60);
    CHECK(config.warnings.size() == 3);
}

TEST_CASE("the config that is shipped is good", "[config]") {
    const Config config = load(POSTBELL_SOURCE_DIR "/conf/postbell.toml");

    CHECK(config.registration.loopback);
    CHECK(config.mailbox.loopback);
    CHECK(config.admin.loopback);
    CHECK(config.warnings.size() == 2);
    for (const auto* sections : {&config.backends, &config.providers})
        for (const PluginSection& section : *sections) {
            CHECK_FALSE(section.enabled);
            CHECK(section.own->empty());
        }
}
