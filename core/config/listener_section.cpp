// SPDX-License-Identifier: Apache-2.0
#include "config/address.h"
#include "config/sections.h"

namespace postbell::config {
namespace {

// Enough for an office whose phones share one address on the day of the roll-out; an attacker
// who fills the store with the key from a copy of the app is slowed down.
constexpr std::uint32_t kRegistrationsPerMinutePerAddress = 120;
constexpr std::uint32_t kRegistrationsPerMinutePerApp = 6'000;
constexpr std::uint32_t kChangesPerMinutePerRegistration = 30;
constexpr util::Milliseconds kMinTimeout{100};
constexpr util::Milliseconds kMaxTimeout = std::chrono::hours(1);

void readAddress(SectionReader& reader, ListenerConfig& out) {
    std::string text = out.address;
    reader.text("address", text);
    const auto address = parseListenAddress(text);
    if (!address)
        return reader.refuse("address",
                             "an IP address and a port from 1 to 65535 (0 picks a free one): "
                             "\"127.0.0.1:8443\", \"[::]:8443\"");
    const bool v6 = address->host.find(':') != std::string::npos;
    out.address =
        (v6 ? "[" + address->host + "]" : address->host) + ":" + std::to_string(address->port);
    out.port = address->port;
    out.loopback = isLoopback(address->host);
}

void readTls(SectionReader& reader, const std::filesystem::path& folder, ListenerConfig& out) {
    reader.path("tls_certificate", folder, out.tls_certificate);
    reader.path("tls_key", folder, out.tls_key);
    const bool certificate = reader.has("tls_certificate");
    const bool key = reader.has("tls_key");
    if (certificate && !key)
        reader.wrong("tls_certificate",
                     "tls_key is missing: set both, or neither behind a proxy that terminates TLS");
    if (key && !certificate)
        reader.wrong(
            "tls_key",
            "tls_certificate is missing: set both, or neither behind a proxy that terminates TLS");
    if (!certificate && !key && !out.loopback)
        reader.warn("address", "plain HTTP on " + out.address +
                                   ", which is no loopback address: right only behind a proxy that "
                                   "terminates TLS; otherwise set tls_certificate and tls_key");
}

void readPublicUrl(SectionReader& reader, ListenerConfig& out) {
    std::string text;
    reader.text("public_url", text);
    if (text.empty()) {
        if (!out.loopback && out.name != "admin")
            reader.wrong("public_url",
                         "it is missing: the URL under which the others reach this listener, for "
                         "example \"https://push.example.com\"");
        else if (out.port != 0 && out.loopback)
            out.public_url = (out.tls() ? "https://" : "http://") + out.address;
        return;
    }
    const auto url = parseHttpUrl(text);
    if (!url)
        return reader.refuse("public_url",
                             "an https URL with a host and, if needed, a port: "
                             "\"https://push.example.com\"");
    if (!url->path.empty() && url->path != "/")
        return reader.refuse("public_url",
                             "a URL without a path: " + url->origin.text() +
                                 " (a proxy in front may not put the gateway under one)");
    if (!url->origin.tls && !(out.loopback && isLoopback(url->origin.host)))
        return reader.refuse("public_url",
                             "an https:// URL; http:// only where the listener and the URL's host "
                             "are both a loopback address");
    out.public_url = url->origin.text();
}

void readLimits(SectionReader& reader, ListenerConfig& out) {
    net::Limits& limits = out.limits;
    reader.number("max_connections", limits.connections, 1, 1'000'000);
    // Behind a proxy on the same machine, all clients have one address.
    if (out.loopback || limits.connections < limits.connections_per_address)
        limits.connections_per_address = limits.connections;
    reader.number("max_connections_per_address", limits.connections_per_address, 1, 1'000'000);
    reader.number("max_body_bytes", limits.body_bytes, 1'024, net::Limits::kMaxBodyBytes);
    reader.milliseconds("header_timeout_ms", limits.header_timeout, kMinTimeout, kMaxTimeout);
    reader.milliseconds("body_timeout_ms", limits.body_timeout, kMinTimeout, kMaxTimeout);
    reader.milliseconds("idle_timeout_ms", limits.idle_timeout, kMinTimeout, kMaxTimeout);
    reader.number("max_in_work", limits.in_work, 1, 1'000'000);
    reader.number("reactors", out.reactors, 1, 8);
}

}  // namespace

void readListener(SectionReader& reader, const std::filesystem::path& folder, ListenerConfig& out) {
    readAddress(reader, out);
    readTls(reader, folder, out);
    readPublicUrl(reader, out);
    readLimits(reader, out);
}

void readRegistrationListener(SectionReader& reader, const std::filesystem::path& folder,
                              RegistrationListenerConfig& out) {
    readListener(reader, folder, out);
    if (!out.loopback) {
        // Without TLS there is a proxy in front, and all devices share its address.
        out.registrations_per_minute_per_address =
            out.tls() ? kRegistrationsPerMinutePerAddress : 0;
        out.registrations_per_minute_per_app = kRegistrationsPerMinutePerApp;
        out.changes_per_minute_per_registration = kChangesPerMinutePerRegistration;
    }
    reader.number("registrations_per_minute_per_address", out.registrations_per_minute_per_address,
                  0, 1'000'000);
    reader.number("registrations_per_minute_per_app", out.registrations_per_minute_per_app, 0,
                  100'000'000);
    reader.number("changes_per_minute_per_registration", out.changes_per_minute_per_registration, 0,
                  1'000'000);
    reader.number("max_registrations_per_app", out.max_registrations_per_app, 0, 1'000'000'000);
    reader.number("forget_waiting_after_hours", out.forget_waiting_after_hours, 0, 8'760);
    reader.number("check_every_seconds", out.check_every_seconds, 1, 86'400);
}

}  // namespace postbell::config
