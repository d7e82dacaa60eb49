// SPDX-License-Identifier: Apache-2.0
#include "app/listener_certificates.h"

#include <algorithm>
#include <exception>
#include <iterator>

#include "app/sentences.h"
#include "config/address.h"
#include "util/insist.h"
#include "util/rfc3339.h"

namespace postbell::app {
namespace {

std::string hostOf(const config::ListenerConfig& listener) {
    const auto url = config::parseHttpUrl(listener.public_url);
    return url ? url->origin.host : std::string();
}

}  // namespace

net::ServerCertificate certificateOf(const config::ListenerConfig& listener,
                                     const config::EgressConfig& egress, util::WallTime now) {
    return net::inspectServerCertificate(listener.tls_certificate, listener.tls_key,
                                         hostOf(listener), egress.ca_file, now);
}

void ListenerCertificates::add(Listener& listener) {
    const std::lock_guard lock(entries_mutex_);
    entries_.push_back(
        {&listener, {listener.config().name, {}, {}, {}}, {}, false, {}, {}, {}, {}});
}

ListenerCertificates::Stamps ListenerCertificates::stampsOf(
    const config::ListenerConfig& listener) {
    return {util::FileStamp::of(listener.tls_certificate), util::FileStamp::of(listener.tls_key)};
}

bool ListenerCertificates::reload(util::WallTime now) {
    const std::lock_guard lock(entries_mutex_);
    bool all = true;
    for (Entry& entry : entries_) {
        if (!entry.listener->config().tls()) continue;
        const bool examined = attempt(entry, [&] {
            entry.seen = stampsOf(entry.listener->config());
            entry.told_files.clear();  // an admin who reloads hears of trouble again
            examine(entry, now, Asked::ByAdmin);
        });
        all = all && examined && entry.is_served;
    }
    return all;
}

void ListenerCertificates::look(util::WallTime now) {
    const std::lock_guard lock(entries_mutex_);
    for (Entry& entry : entries_)
        if (entry.listener->config().tls()) attempt(entry, [&] { lookAt(entry, now); });
}

void ListenerCertificates::lookAt(Entry& entry, util::WallTime now) {
    const Stamps stamps = stampsOf(entry.listener->config());
    // Files that were just changed may be half-written: the next look finds them as they stay.
    const bool settled = stamps == entry.seen || !util::isSet(entry.judged_at);
    if (!(stamps == entry.seen)) entry.is_served = false;
    entry.seen = stamps;
    const bool ended = now >= entry.served.expires && entry.judged_at < entry.served.expires;
    const bool over = now - entry.judged_at >= util::kDay || now < entry.judged_at || ended;
    // A pair that is kept out may be good a minute later: its time comes, or a disk heals.
    if (settled && (!entry.is_served || over))
        examine(entry, now, Asked::ByTime);
    else
        announceEnd(entry, now);
}

/// A listener that fails, for want of memory, keeps no other from its turn.
template <class Work>
bool ListenerCertificates::attempt(const Entry& entry, const Work& work) {
    try {
        work();
        return true;
    } catch (const std::exception& e) {
        util::succeeds([&] {
            log_.warning("a listener's certificate could not be looked at: it is tried again",
                         {{"listener", entry.served.listener}, {"reason", e.what()}});
        });
        return false;
    }
}

void ListenerCertificates::examine(Entry& entry, util::WallTime now, Asked asked) {
    try {
        const net::ServerCertificate found = certificateOf(entry.listener->config(), egress_, now);
        const net::ServerCertificate served = judgement(entry, now);
        entry.is_served = found.fingerprint == served.fingerprint;
        const std::string worse = entry.is_served ? std::string() : whyWorse(found, served, asked);
        if (!worse.empty()) {
            keepOut(entry,
                    "clients would refuse the certificate in the listener's file: it keeps the one "
                    "that it has",
                    worse);
        } else {
            entry.told_files.clear();
            if (!entry.is_served) serveRenewed(entry, found);
        }
    } catch (const std::exception& e) {
        entry.is_served = false;
        keepOut(entry, "TLS files cannot be used: the listener keeps the old ones", e.what());
    }
    judgeServed(entry, now);
}

/// Why a pair of files must not take the place of the served one; empty: it may. A log file is
/// reloaded each night, so that not even a reload puts an outage in the place of what works.
std::string ListenerCertificates::whyWorse(const net::ServerCertificate& found,
                                           const net::ServerCertificate& served, Asked asked) {
    const bool works = served.faults.empty();
    if (!found.faults.empty() && (works || asked == Asked::ByTime)) return joined(found.faults);
    if (!works || asked == Asked::ByAdmin) return {};
    std::vector<std::string> news;
    std::ranges::copy_if(found.doubts, std::back_inserter(news), [&](const std::string& doubt) {
        return std::ranges::find(served.doubts, doubt) == served.doubts.end();
    });
    return joined(news);
}

void ListenerCertificates::serveRenewed(Entry& entry, const net::ServerCertificate& renewed) {
    entry.listener->reloadTls();
    entry.is_served = true;
    log_.info("a renewed certificate is served",
              {{"listener", entry.served.listener},
               {"file", entry.listener->config().tls_certificate},
               {"good_until", util::formatRfc3339(renewed.expires)}});
}

void ListenerCertificates::keepOut(Entry& entry, std::string_view sentence,
                                   const std::string& reason) {
    if (reason == entry.told_files) return;
    log_.error(sentence, {{"listener", entry.served.listener}, {"reason", reason}});
    entry.told_files = reason;
}

net::ServerCertificate ListenerCertificates::judgement(const Entry& entry,
                                                       util::WallTime now) const {
    return entry.listener->server().certificate(hostOf(entry.listener->config()), egress_.ca_file,
                                                now);
}

void ListenerCertificates::judgeServed(Entry& entry, util::WallTime now) {
    const net::ServerCertificate served = judgement(entry, now);
    entry.served.fingerprint = served.fingerprint;  // first: it may want memory
    entry.judged_at = now;
    entry.begins = served.begins;
    entry.served.expires = served.expires;
    entry.served.renew_from =
        served.expires - noticeBeforeEnd(kEndsSoon, served.expires - served.begins);
    announceEnd(entry, now);
    const std::string found = joined(served.faults) + "\n" + joined(served.doubts);
    if (found == entry.told_served) return;
    entry.told_served = found;
    for (const std::string& fault : served.faults)
        log_.error("clients refuse the listener's certificate",
                   {{"listener", entry.served.listener}, {"reason", fault}});
    for (const std::string& doubt : served.doubts)
        log_.warning("clients may refuse the listener's certificate",
                     {{"listener", entry.served.listener}, {"reason", doubt}});
}

void ListenerCertificates::announceEnd(const Entry& entry, util::WallTime now) {
    const util::WallTime expires = entry.served.expires;
    const util::Milliseconds left = expires - now;
    // One that has ended is a fault, which is said anyway.
    if (!notices_.due(entry.served.listener, left, expires - entry.begins) || left.count() <= 0)
        return;
    log_.warning("a listener's certificate expires soon: renew it",
                 {{"listener", entry.served.listener},
                  {"file", entry.listener->config().tls_certificate},
                  {"days_left", std::chrono::floor<std::chrono::days>(left).count()}});
}

std::vector<ListenerCertificates::Served> ListenerCertificates::served() const {
    const std::lock_guard lock(entries_mutex_);
    std::vector<Served> served;
    for (const Entry& entry : entries_) served.push_back(entry.served);
    return served;
}

}  // namespace postbell::app
