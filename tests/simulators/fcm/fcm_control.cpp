// SPDX-License-Identifier: Apache-2.0
// What tests tell the simulated FCM: service accounts, projects, devices, policy.
#include "control_input.h"
#include "fcm_network.h"

namespace fcm_simulator {

using namespace http2_simulator;
using nlohmann::json;

json FcmNetwork::control(const std::string& call, const json& body) {
    if (call == "POST /service_accounts") return addAccount(body);
    if (call == "DELETE /service_accounts")
        return {{"removed", registry_.removeAccount(textOf(body, "client_email", true))}};
    if (call == "POST /projects") return setProject(body);
    if (call == "GET /devices") return {{"devices", registry_.deviceCount()}};
    if (call == "POST /devices") return setDevices(body);
    if (call == "DELETE /devices")
        return {{"removed", registry_.removeDevice(textOf(body, "token", true))}};
    if (call == "POST /policy") return setPolicy(body);
    if (call == "DELETE /access_tokens") {
        registry_.revokeTokens();
        return {{"issued", registry_.tokensIssued()}};
    }
    return nullptr;
}

void FcmNetwork::describe(json& state) const {
    state["service_accounts"] = registry_.accountCount();
    state["access_tokens_issued"] = registry_.tokensIssued();
}

json FcmNetwork::addAccount(const json& body) {
    requireKeys(body, "a service account",
                {"client_email", "project_id", "private_key_id", "key_pem", "may_push"});
    auto account = std::make_shared<ServiceAccount>();
    account->email = textOf(body, "client_email", true);
    account->project = textOf(body, "project_id", true);
    account->key_id = textOf(body, "private_key_id", true);
    account->public_key = readRsaKey(textOf(body, "key_pem", true));
    if (!account->public_key) throw BadInput("key_pem is not an RSA key in PEM");
    account->may_push = body.value("may_push", true);
    registry_.addAccount(std::move(account));
    return {{"service_accounts", registry_.accountCount()}};
}

json FcmNetwork::setProject(const json& body) {
    requireKeys(body, "a project", {"project_id", "api", "apple_key"});
    const std::string project = textOf(body, "project_id", true);
    registry_.setApiEnabled(
        project, switchOf(body, "api", "enabled", "disabled", registry_.apiEnabled(project)));
    registry_.setAppleKey(
        project, switchOf(body, "apple_key", "good", "bad", registry_.appleKeyGood(project)));
    return {{"project_id", project}};
}

json FcmNetwork::setDevices(const json& body) {
    for (const json& object : body.is_array() ? body : json::array({body})) {
        requireKeys(object, "a device", {"token", "project_id", "state"});
        Device device;
        device.project = textOf(object, "project_id", false);
        device.state = switchOf(object, "state", "ok", "unregistered", true)
                           ? DeviceState::Ok
                           : DeviceState::Unregistered;
        registry_.setDevice(textOf(object, "token", true), std::move(device));
    }
    return {{"devices", registry_.deviceCount()}};
}

json FcmNetwork::setPolicy(const json& body) {
    requireKeys(body, "the policy", {"unknown_tokens", "token_life_seconds"});
    Policy policy = registry_.policy();
    policy.reject_unknown_tokens =
        switchOf(body, "unknown_tokens", "reject", "accept", policy.reject_unknown_tokens);
    policy.token_life_seconds = static_cast<std::int64_t>(
        numberOf(body, "token_life_seconds", static_cast<double>(policy.token_life_seconds)));
    registry_.setPolicy(policy);
    return {{"unknown_tokens", policy.reject_unknown_tokens ? "reject" : "accept"},
            {"token_life_seconds", policy.token_life_seconds}};
}

}  // namespace fcm_simulator
