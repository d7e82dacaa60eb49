// SPDX-License-Identifier: Apache-2.0
#include "app/check_store.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>

#include "app/admin_client.h"
#include "app/expiry_notices.h"
#include "app/gateway_clock.h"
#include "app/open_store.h"
#include "util/rfc3339.h"

namespace postbell::app {
namespace {

using nlohmann::json;

void checkMissingDatabase(CheckReport& report, const config::Config& config,
                          const store::Place& place, bool gateway_runs) {
    report.attempt("store", [&] {
        const std::filesystem::path folder = place.gatewayFiles().parent_path();
        if (!std::filesystem::is_directory(folder))
            throw std::runtime_error("there is no folder " + folder.string() +
                                     "; make it, and give it to the service's user");
        if (gateway_runs)
            throw std::runtime_error(
                "the database " + place.name() + " is gone from under process " +
                std::to_string(place.holder()) +
                ", which holds it: put its own file back, and the gateway goes on. To restore "
                "another, stop the gateway first");
        refuseLostStore(config);
        return place.name() + " is not there yet: the first command or start makes it";
    });
}

std::string textAt(const json& object, const char* name) {
    return object.at(name).get<std::string>();
}

void checkApp(CheckReport& report, const json& app, const json& credentials) {
    const std::string name = "app " + textAt(app, "app") + " of " + textAt(app, "tenant");
    bool has_credential = false;
    std::set<std::string> served;
    for (const json& credential : credentials) {
        if (textAt(credential, "app") != textAt(app, "app") ||
            textAt(credential, "tenant") != textAt(app, "tenant"))
            continue;
        has_credential = true;
        for (const json& environment : credential.at("environments"))
            served.insert(environment.get<std::string>());
    }
    if (!has_credential)
        return report.add(name, Verdict::No, "it has no credential: `postbell credential add`");
    for (const json& environment : app.at("environments"))
        if (!served.contains(environment.get<std::string>()))
            report.add(name, Verdict::No,
                       "it has devices of the " + environment.get<std::string>() +
                           " environment and no credential for it, so their pushes wait: "
                           "`postbell credential add` one, or register them as they were built");
}

void checkCredential(CheckReport& report, const json& credential, util::WallTime now) {
    const std::string name = "credential " + credential["credential"].get<std::string>() + " of " +
                             credential["app"].get<std::string>();
    if (!credential["paused"].is_null()) {
        report.add(
            name, Verdict::No,
            "the push network refuses it: " + credential["paused"]["reason"].get<std::string>());
        return;
    }
    if (!credential["unusable"].is_null()) {
        report.add(name, Verdict::No, credential["unusable"].get<std::string>());
        return;
    }
    const bool ends = !credential["expires_at"].is_null();
    const std::string expires = ends ? credential["expires_at"].get<std::string>() : "";
    const util::WallTime end = util::parseRfc3339(expires).value_or(util::WallTime());
    if (ends && end <= now)
        report.add(name, Verdict::No, "expired at " + expires);
    else if (!credential["alarm"].is_null())
        report.add(name, Verdict::Warn, credential["alarm"].get<std::string>());
    else if (!ends)
        report.add(name, Verdict::Yes, credential["kind"].get<std::string>() + ", does not expire");
    else
        report.add(name, end <= now + kEndsSoon ? Verdict::Warn : Verdict::Yes,
                   "good until " + expires);
}

void checkLost(CheckReport& report, const json& backend) {
    const auto registrations = backend["registrations"].get<std::int64_t>();
    if (registrations == 0) return;
    report.add("subscriptions on " + backend["backend"].get<std::string>(), Verdict::Warn,
               "the gateway was away for " +
                   std::to_string(backend["away_seconds"].get<std::int64_t>()) +
                   " s, longer than mail servers try again: " + std::to_string(registrations) +
                   " apps must subscribe anew, and are asked to while the gateway runs");
}

std::pair<Verdict, std::string> checkSealed(const config::Config& config) {
    const json found = callAdmin(config, "store/sealed", json::object());
    const auto count = found["count"].get<std::size_t>();
    if (count == 0)
        return {Verdict::Yes, "all " + std::to_string(found["values"].get<std::size_t>()) +
                                  " open with the master key, each in its own row"};
    std::string rows;
    for (const json& value : found["unopened"])
        rows += (rows.empty() ? "" : ", ") + value["column"].get<std::string>() + " of row " +
                std::to_string(value["row"].get<std::int64_t>());
    return {Verdict::No,
            std::to_string(count) +
                " do not open, and nothing is done with their rows: they were changed, or moved "
                "from other rows. Restore a backup, or have the phone register, or the credential "
                "uploaded, again (" +
                rows + (found["unopened"].size() < count ? ", ..." : "") + ")"};
}

}  // namespace

json checkStore(CheckReport& report, const config::Config& config, const GatewayFindings& gateway) {
    json credentials = json::array(), apps, lost;
    const auto place = storePlace(config);
    if (!place->exists()) {
        checkMissingDatabase(report, config, *place, gateway.runs);
        return credentials;
    }
    if (gateway.silent) {
        report.add("store", Verdict::Warn,
                   "not looked at: the running gateway has it, and answers no calls");
        return credentials;
    }
    try {
        credentials = callAdmin(config, "credential/list", {{"origins", true}})["credentials"];
        apps = callAdmin(config, "app/list", json::object())["apps"];
        lost = callAdmin(config, "registration/lost", json::object())["lost"];
        report.add("store", Verdict::Yes, "can be read");
    } catch (const std::exception& e) {
        report.add("store", Verdict::No, e.what());
        return credentials;
    }
    report.attempt("sealed values", [&] { return checkSealed(config); });
    for (const json& app : apps) checkApp(report, app, credentials);
    for (const json& backend : lost) checkLost(report, backend);
    // Which may run fast: credentials end by it.
    const GatewayClock clock(config.gateway.clock_speed, place->gatewayFiles());
    for (const json& credential : credentials) checkCredential(report, credential, clock.wall());
    return credentials;
}

}  // namespace postbell::app
