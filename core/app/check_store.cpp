// SPDX-License-Identifier: Apache-2.0
#include "app/check_store.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <stdexcept>

#include "app/admin_client.h"
#include "app/open_store.h"
#include "util/clock.h"
#include "util/rfc3339.h"

namespace postbell::app {
namespace {

using nlohmann::json;

constexpr std::chrono::days kSoon{14};

void checkMissingDatabase(CheckReport& report, const config::Config& config,
                          const std::filesystem::path& database) {
    report.attempt("store", [&] {
        if (!std::filesystem::is_directory(database.parent_path()))
            throw std::runtime_error("there is no folder " + database.parent_path().string() +
                                     "; make it, and give it to the service's user");
        refuseLostStore(config);
        return database.string() + " is not there yet: the first command or start makes it";
    });
}

void checkApp(CheckReport& report, const json& app, const json& credentials) {
    const bool has_credential = std::any_of(
        credentials.begin(), credentials.end(),
        [&](const json& c) { return c["app"] == app["app"] && c["tenant"] == app["tenant"]; });
    if (!has_credential)
        report.add(
            "app " + app["app"].get<std::string>() + " of " + app["tenant"].get<std::string>(),
            false, "it has no credential: `postbell credential add`");
}

void checkCredential(CheckReport& report, const json& credential, util::WallTime now) {
    const std::string name = "credential " + credential["credential"].get<std::string>() + " of " +
                             credential["app"].get<std::string>();
    if (!credential["paused"].is_null()) {
        report.add(
            name, false,
            "the push network refuses it: " + credential["paused"]["reason"].get<std::string>());
        return;
    }
    if (!credential["unusable"].is_null()) {
        report.add(name, false, credential["unusable"].get<std::string>());
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
        report.add(name, true, credential["kind"].get<std::string>() + ", does not expire");
    else
        report.add(name, end <= now + kSoon ? Verdict::Warn : Verdict::Yes,
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

}  // namespace

json checkStore(CheckReport& report, const config::Config& config) {
    json credentials = json::array(), apps, lost;
    const std::filesystem::path database = databaseFile(config);
    if (storeIsHeld(config))
        report.attempt("running gateway", [&] { return askReadiness(config); });
    else if (std::filesystem::exists(database))
        report.add("running gateway", Verdict::Warn,
                   "none runs: mail servers and devices get no answer, and nothing is pushed");
    if (!std::filesystem::exists(database)) {
        checkMissingDatabase(report, config, database);
        return credentials;
    }
    try {
        credentials = callAdmin(config, "credential/list", {{"origins", true}})["credentials"];
        apps = callAdmin(config, "app/list", json::object())["apps"];
        lost = callAdmin(config, "registration/lost", json::object())["lost"];
        report.add("store", true, "can be read");
    } catch (const std::exception& e) {
        report.add("store", false, e.what());
        return credentials;
    }
    for (const json& app : apps) checkApp(report, app, credentials);
    for (const json& backend : lost) checkLost(report, backend);
    const util::WallTime now = util::SystemClock().wall();
    for (const json& credential : credentials) checkCredential(report, credential, now);
    return credentials;
}

}  // namespace postbell::app
