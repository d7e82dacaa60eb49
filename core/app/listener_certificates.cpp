// SPDX-License-Identifier: Apache-2.0
#include "app/listener_certificates.h"

#include <exception>
#include <initializer_list>

#include "config/address.h"

namespace postbell::app {

net::ServerCertificate certificateOf(const config::ListenerConfig& listener,
                                     const config::EgressConfig& egress, util::WallTime now) {
    const auto url = config::parseHttpUrl(listener.public_url);
    const std::string host = url ? url->origin.host : std::string();
    return net::inspectServerCertificate(listener.tls_certificate, listener.tls_key, host,
                                         egress.ca_file, now);
}

void ListenerCertificates::look(util::WallTime now) {
    const std::lock_guard lock(mutex_);
    for (const config::ListenerConfig* listener :
         std::initializer_list<const config::ListenerConfig*>{&config_.registration,
                                                              &config_.mailbox, &config_.admin})
        if (listener->tls())
            lookAt(*listener, now);
        else
            expiries_[listener->name] = {};
}

void ListenerCertificates::lookAt(const config::ListenerConfig& listener, util::WallTime now) {
    std::string said;
    try {
        const net::ServerCertificate found = certificateOf(listener, config_.egress, now);
        expiries_[listener.name] = found.expires;
        announceEnd(listener, found.expires - now);
        for (const auto* sentences : {&found.faults, &found.doubts})
            for (const std::string& sentence : *sentences) said += sentence + "\n";
        if (said == said_[listener.name]) return;
        for (const std::string& fault : found.faults)
            log_.error("clients refuse the listener's certificate",
                       {{"listener", listener.name}, {"reason", fault}});
        for (const std::string& doubt : found.doubts)
            log_.warning("clients may refuse the listener's certificate",
                         {{"listener", listener.name}, {"reason", doubt}});
    } catch (const std::exception& e) {
        said = e.what();
        if (said != said_[listener.name])
            log_.error("the listener's TLS files cannot be used: it keeps those that it has",
                       {{"listener", listener.name}, {"reason", said}});
    }
    said_[listener.name] = said;
}

void ListenerCertificates::announceEnd(const config::ListenerConfig& listener,
                                       util::Milliseconds left) {
    // One that has ended is a fault, which is said anyway.
    if (!notices_.due(listener.name, left) || left.count() <= 0) return;
    log_.warning("a listener's certificate expires soon: renew it, and reload",
                 {{"listener", listener.name},
                  {"file", listener.tls_certificate},
                  {"days_left", std::chrono::floor<std::chrono::days>(left).count()}});
}

std::map<std::string, util::WallTime> ListenerCertificates::expiries() const {
    const std::lock_guard lock(mutex_);
    return expiries_;
}

}  // namespace postbell::app
