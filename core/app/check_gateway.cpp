// SPDX-License-Identifier: Apache-2.0
#include "app/check_gateway.h"

#include <nlohmann/json.hpp>

#include <chrono>
#include <exception>
#include <stdexcept>
#include <thread>
#include <utility>

#include "app/admin_client.h"
#include "app/open_store.h"
#include "app/surroundings.h"

namespace postbell::app {
namespace {

using nlohmann::json;

constexpr std::chrono::milliseconds kLockTaken{1'500};

std::pair<Verdict, std::string> openFiles(const config::Config& config,
                                          const GatewayFindings& gateway) {
    const bool runs = gateway.runs;
    if (runs && gateway.state.is_null())
        return {Verdict::Warn, "the running gateway does not tell its limit"};
    const std::uint64_t limit =
        runs ? gateway.state.at("open_files").get<std::uint64_t>() : highestDescriptorLimit();
    if (const std::string problem = descriptorProblem(config, limit); !problem.empty())
        return {Verdict::Warn, runs ? "of the running gateway: " + problem : problem};
    return {Verdict::Yes, (runs ? "the running gateway may open " : "a start from here may open ") +
                              std::to_string(limit) + ", and the listeners' max_connections need " +
                              std::to_string(descriptorsNeeded(config))};
}

std::pair<Verdict, std::string> masterKeyIs(const config::Config& config,
                                            const GatewayFindings& gateway) {
    const store::MasterKey key = masterKey(config);
    if (gateway.runs && gateway.state.is_null())
        return {Verdict::Warn, "can be read from " + key.source() +
                                   ", and the running gateway does not tell whether it is its own"};
    if (!gateway.runs) return {Verdict::Yes, "can be read from " + key.source()};
    if (key.fingerprint() != gateway.state.at("master_key_fingerprint").get<std::string>())
        throw std::runtime_error("the master key in " + key.source() +
                                 " is not the one this database was sealed with, which the running "
                                 "gateway still has: a start would be refused");
    return {Verdict::Yes, "read from " + key.source() + ", and the running gateway has the same"};
}

bool answers(const config::Config& config) {
    try {
        askReadiness(config);
        return true;
    } catch (const std::exception&) {
        return false;
    }
}

/// A gateway whose lock file was replaced takes the new one within a second.
bool isHeld(const config::Config& config, const store::Place& place) {
    if (place.isHeld()) return true;
    if (!answers(config)) return false;
    std::this_thread::sleep_for(kLockTaken);
    if (place.isHeld() || !answers(config)) return place.isHeld();
    throw std::runtime_error(
        "one answers, and has lost the lock of the store " + place.name() +
        ", as if the lock's file had been replaced: stop all of this store, and start one");
}

}  // namespace

GatewayFindings checkGateway(CheckReport& report, const config::Config& config) {
    const auto place = storePlace(config);
    GatewayFindings found;
    try {
        if (!isHeld(config, *place)) {
            if (place->exists())
                report.add("running gateway", Verdict::Warn,
                           "none runs: mail servers and devices get no answer, and nothing is "
                           "pushed");
            return found;
        }
    } catch (const std::exception& e) {
        report.add("running gateway", Verdict::No, e.what());
        return {true, {}, true};
    }
    found.runs = true;
    GatewayReadiness readiness;
    try {
        readiness = askReadiness(config);
        report.add("running gateway", readiness.ready ? Verdict::Yes : Verdict::No, readiness.text);
    } catch (const std::exception& e) {
        report.add("running gateway", Verdict::No, e.what());
        found.silent = true;
        return found;
    }
    try {
        found.state = callAdmin(config, "gateway/state", json::object());
    } catch (const std::exception& e) {
        // A gateway that starts has said so.
        found.silent = !readiness.ready;
        if (readiness.ready) report.add("the running gateway's own state", Verdict::Warn, e.what());
    }
    return found;
}

void checkOpenFiles(CheckReport& report, const config::Config& config,
                    const GatewayFindings& gateway) {
    report.attempt("open files", [&] { return openFiles(config, gateway); });
}

void checkMasterKey(CheckReport& report, const config::Config& config,
                    const GatewayFindings& gateway) {
    report.attempt("master key", [&] { return masterKeyIs(config, gateway); });
}

std::string whyFailing(const std::string& origin, const json& gateway) {
    if (gateway.is_null()) return {};
    for (const json& failing : gateway.at("failing_origins"))
        if (failing.at("origin").get<std::string>() == origin)
            return "pushes of the running gateway fail, such as those of app " +
                   failing.at("app").get<std::string>() + " of " +
                   failing.at("tenant").get<std::string>() + ": " +
                   failing.at("reason").get<std::string>();
    return {};
}

}  // namespace postbell::app
