// SPDX-License-Identifier: Apache-2.0
// What tests tell the simulated APNs: keys, devices, policy.
#include <map>

#include "apns_network.h"
#include "control_input.h"

namespace apns_simulator {

using namespace http2_simulator;
using nlohmann::json;

namespace {

std::string environmentOf(const json& object) {
    const std::string environment = textOf(object, "environment", false);
    if (!environment.empty() && environment != "production" && environment != "sandbox")
        throw BadInput("environment is production or sandbox");
    return environment;
}

}  // namespace

json ApnsNetwork::control(const std::string& call, const json& body) {
    if (call == "GET /keys") return describeKeys();
    if (call == "POST /keys") return addKey(body);
    if (call == "DELETE /keys")
        return {{"removed", registry_.removeKey(textOf(body, "kid", true))}};
    if (call == "GET /devices") return {{"devices", registry_.deviceCount()}};
    if (call == "POST /devices") return setDevices(body);
    if (call == "DELETE /devices")
        return {{"removed", registry_.removeDevice(textOf(body, "token", true))}};
    if (call == "POST /policy") return setPolicy(body);
    return nullptr;
}

void ApnsNetwork::describe(json& state) const {
    state["environment"] = environment_;
}

json ApnsNetwork::addKey(const json& body) {
    requireKeys(body, "a key",
                {"kid", "team", "public_key_pem", "p8_pem", "topics", "environment"});
    auto key = std::make_shared<SigningKey>();
    key->id = textOf(body, "kid", true);
    key->team = textOf(body, "team", true);
    key->environment = environmentOf(body);
    const bool is_private = body.contains("p8_pem");
    key->public_key = readPublicKey(textOf(body, is_private ? "p8_pem" : "public_key_pem", true));
    if (!key->public_key) throw BadInput("the key is not a P-256 key in PEM");
    if (body.contains("topics")) {
        if (!body["topics"].is_array()) throw BadInput("topics is not a list");
        for (const json& topic : body["topics"]) key->topics.push_back(topic.get<std::string>());
    }
    registry_.addKey(std::move(key));
    return describeKeys();
}

json ApnsNetwork::describeKeys() const {
    json list = json::array();
    for (const auto& key : registry_.keys())
        list.push_back({{"kid", key->id},
                        {"team", key->team},
                        {"topics", key->topics},
                        {"environment", key->environment}});
    return {{"keys", list}};
}

json ApnsNetwork::setDevices(const json& body) {
    static const std::map<std::string, DeviceState> states = {
        {"ok", DeviceState::Ok},
        {"unregistered", DeviceState::Unregistered},
        {"expired", DeviceState::Expired},
        {"wrong_topic", DeviceState::WrongTopic}};
    for (const json& object : body.is_array() ? body : json::array({body})) {
        requireKeys(object, "a device", {"token", "topic", "environment", "state", "timestamp"});
        Device device;
        device.topic = textOf(object, "topic", false);
        device.environment = environmentOf(object);
        const std::string state = textOf(object, "state", false);
        const auto found = states.find(state.empty() ? "ok" : state);
        if (found == states.end())
            throw BadInput("state is ok, unregistered, expired or wrong_topic");
        device.state = found->second;
        device.timestamp_ms = static_cast<std::int64_t>(
            numberOf(object, "timestamp", clock_.now().simulated_unix * 1000));
        registry_.setDevice(textOf(object, "token", true), std::move(device));
    }
    return {{"devices", registry_.deviceCount()}};
}

json ApnsNetwork::setPolicy(const json& body) {
    requireKeys(body, "the policy", {"unknown_tokens", "token_updates", "certificate_environment"});
    Policy policy = registry_.policy();
    policy.reject_unknown_tokens =
        switchOf(body, "unknown_tokens", "reject", "accept", policy.reject_unknown_tokens);
    policy.limit_token_updates =
        switchOf(body, "token_updates", "limit", "allow", policy.limit_token_updates);
    policy.certificate_environment = switchOf(body, "certificate_environment", "check", "ignore",
                                              policy.certificate_environment);
    registry_.setPolicy(policy);
    return {{"unknown_tokens", policy.reject_unknown_tokens ? "reject" : "accept"},
            {"token_updates", policy.limit_token_updates ? "limit" : "allow"},
            {"certificate_environment", policy.certificate_environment ? "check" : "ignore"}};
}

}  // namespace apns_simulator
