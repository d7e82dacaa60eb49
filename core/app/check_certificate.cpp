// SPDX-License-Identifier: Apache-2.0
#include "app/check_certificate.h"

#include <nlohmann/json.hpp>

#include <vector>

#include "app/expiry_notices.h"
#include "app/sentences.h"
#include "util/rfc3339.h"

namespace postbell::app {

using nlohmann::json;

std::pair<Verdict, std::string> judge(const net::ServerCertificate& found, const std::string& file,
                                      util::WallTime now) {
    if (!found.faults.empty()) return {Verdict::No, joined(found.faults)};
    const bool ends_soon =
        found.expires - now < noticeBeforeEnd(kEndsSoon, found.expires - found.begins);
    std::vector<std::string> sentences = found.doubts;
    sentences.push_back(file + (ends_soon ? " ends soon, at " : ", good until ") +
                        util::formatRfc3339(found.expires) + (ends_soon ? ": renew it" : ""));
    return {ends_soon || !found.doubts.empty() ? Verdict::Warn : Verdict::Yes, joined(sentences)};
}

void checkServed(CheckReport& report, const std::string& listener,
                 const net::ServerCertificate& held, const json& gateway, util::WallTime now) {
    if (gateway.is_null()) return;
    for (const json& served : gateway.at("certificates")) {
        if (served.at("listener").get<std::string>() != listener) continue;
        const json& fingerprint = served.at("fingerprint");
        const std::string what = "certificate that listener." + listener + " serves";
        if (fingerprint.is_string() && fingerprint.get<std::string>() == held.fingerprint) continue;
        if (fingerprint.is_null()) {
            report.add(what, Verdict::Warn,
                       "the running gateway serves plain HTTP there: restart it");
            continue;
        }
        const auto until = served.at("expires_at").get<std::string>();
        const util::WallTime expires = util::parseRfc3339(until).value_or(util::WallTime());
        report.add(
            what, expires <= now ? Verdict::No : Verdict::Warn,
            std::string("the gateway serves ") + (expires < held.expires ? "an older" : "another") +
                " certificate than the file holds, " +
                (expires <= now ? "which expired at " : "good until ") + until +
                (held.faults.empty()
                     ? ": reload (SIGHUP, `systemctl reload postbell`), or wait two minutes; "
                       "if it keeps the old one, its log says why"
                     : ": it keeps that one, since clients would refuse the file's"));
    }
}

}  // namespace postbell::app
