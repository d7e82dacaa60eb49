// SPDX-License-Identifier: Apache-2.0
#include "app/check_gateway.h"

#include <nlohmann/json.hpp>

#include <exception>
#include <stdexcept>
#include <utility>

#include "app/admin_client.h"
#include "app/open_store.h"
#include "app/surroundings.h"

namespace postbell::app {
namespace {

using nlohmann::json;

std::pair<Verdict, std::string> openFiles(const config::Config& config, const json& gateway) {
    const bool runs = storePlace(config)->isHeld();
    if (runs && gateway.is_null())
        return {Verdict::Warn, "the running gateway does not tell its limit"};
    const std::uint64_t limit =
        runs ? gateway.at("open_files").get<std::uint64_t>() : highestDescriptorLimit();
    if (const std::string problem = descriptorProblem(config, limit); !problem.empty())
        return {Verdict::Warn, runs ? "of the running gateway: " + problem : problem};
    return {Verdict::Yes, (runs ? "the running gateway may open " : "a start from here may open ") +
                              std::to_string(limit) + ", and the listeners' max_connections need " +
                              std::to_string(descriptorsNeeded(config))};
}

std::pair<Verdict, std::string> masterKeyIs(const config::Config& config, const json& gateway) {
    const store::MasterKey key = masterKey(config);
    if (gateway.is_null() && storePlace(config)->isHeld())
        return {Verdict::Warn, "can be read from " + key.source() +
                                   ", and the running gateway does not tell whether it is its own"};
    if (gateway.is_null()) return {Verdict::Yes, "can be read from " + key.source()};
    if (key.fingerprint() != gateway.at("master_key_fingerprint").get<std::string>())
        throw std::runtime_error("the master key in " + key.source() +
                                 " is not the one this database was sealed with, which the running "
                                 "gateway still has: a start would be refused");
    return {Verdict::Yes, "read from " + key.source() + ", and the running gateway has the same"};
}

}  // namespace

GatewayFindings checkGateway(CheckReport& report, const config::Config& config) {
    const auto place = storePlace(config);
    GatewayFindings found;
    if (!place->isHeld()) {
        if (place->exists())
            report.add("running gateway", Verdict::Warn,
                       "none runs: mail servers and devices get no answer, and nothing is pushed");
        return found;
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

void checkOpenFiles(CheckReport& report, const config::Config& config, const json& gateway) {
    report.attempt("open files", [&] { return openFiles(config, gateway); });
}

void checkMasterKey(CheckReport& report, const config::Config& config, const json& gateway) {
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
