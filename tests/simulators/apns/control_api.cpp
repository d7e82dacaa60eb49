// SPDX-License-Identifier: Apache-2.0
#include "control_api.h"

#include <charconv>
#include <map>

#include "fault_json.h"
#include "ledger_json.h"

namespace apns_simulator {

namespace {

using nlohmann::json;

std::string textOf(const json& object, const char* key, bool required) {
    const auto found = object.find(key);
    if (found == object.end()) {
        if (required) throw BadInput(std::string(key) + " is missing");
        return {};
    }
    if (!found->is_string()) throw BadInput(std::string(key) + " is not a string");
    return found->get<std::string>();
}

std::string environmentOf(const json& object) {
    const std::string environment = textOf(object, "environment", false);
    if (!environment.empty() && environment != "production" && environment != "sandbox")
        throw BadInput("environment is production or sandbox");
    return environment;
}

double numberOf(const json& object, const char* key, double fallback) {
    const auto found = object.find(key);
    if (found == object.end()) return fallback;
    if (!found->is_number()) throw BadInput(std::string(key) + " is not a number");
    return found->get<double>();
}

std::uint64_t queryNumber(const ControlRequest& request, const char* key, std::uint64_t fallback) {
    const auto found = request.query.find(key);
    if (found == request.query.end()) return fallback;
    std::uint64_t value = 0;
    const std::string& text = found->second;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size())
        throw BadInput(std::string(key) + " is not a number");
    return value;
}

bool switchOf(const json& object, const char* key, const char* on, const char* off, bool current) {
    const std::string value = textOf(object, key, false);
    if (value.empty()) return current;
    if (value != on && value != off) throw BadInput(std::string(key) + " is " + on + " or " + off);
    return value == on;
}

constexpr std::uint64_t kMaxPage = 100'000;

}  // namespace

ControlApi::ControlApi(const Options& options, std::string ca_file, SimulatedClock& clock,
                       Registry& registry, Ledger& ledger, FaultBook& faults, Server& server)
    : options_(options),
      ca_file_(std::move(ca_file)),
      clock_(clock),
      registry_(registry),
      ledger_(ledger),
      faults_(faults),
      server_(server) {}

ControlAnswer ControlApi::handle(const ControlRequest& request) {
    try {
        const json body = request.body.empty() ? json::object() : json::parse(request.body);
        const json answer = dispatch(request, body);
        if (answer.is_null())
            return {404,
                    json{{"error", request.method + " " + request.path + " is unknown"}}.dump()};
        return {200, answer.dump(-1, ' ', false, json::error_handler_t::replace)};
    } catch (const BadInput& error) {
        return {400, json{{"error", error.what()}}.dump()};
    } catch (const json::exception& error) {
        return {400,
                json{{"error", error.what()}}.dump(-1, ' ', false, json::error_handler_t::replace)};
    }
}

json ControlApi::dispatch(const ControlRequest& request, const json& body) {
    const std::string call = request.method + " " + request.path;
    if (call == "GET /state") return state();
    if (call == "GET /keys") return describeKeys();
    if (call == "POST /keys") return addKey(body);
    if (call == "DELETE /keys")
        return {{"removed", registry_.removeKey(textOf(body, "kid", true))}};
    if (call == "GET /devices") return {{"devices", registry_.deviceCount()}};
    if (call == "POST /devices") return setDevices(body);
    if (call == "DELETE /devices")
        return {{"removed", registry_.removeDevice(textOf(body, "token", true))}};
    if (call == "POST /policy") return setPolicy(body);
    if (call == "POST /clock") return setClock(body);
    if (call == "GET /faults") return {{"rules", describeFaults(faults_.rules())}};
    if (call == "POST /faults") return addFaults(body);
    if (call == "DELETE /faults") return clearFaults();
    if (call == "GET /pushes") return pushes(request);
    if (call == "GET /stats") return describeStatistics(ledger_);
    if (call == "GET /wait") return wait(request);
    if (call == "POST /reset") return reset(body);
    return nullptr;
}

json ControlApi::state() const {
    const Moment now = clock_.now();
    return {{"port", server_.port()},
            {"ca_file", ca_file_},
            {"environment", options_.environment},
            {"threads", options_.threads},
            {"max_streams", options_.max_streams},
            {"initial_streams", options_.initial_streams},
            {"record", options_.record ? "memory" : "off"},
            {"record_limit", options_.record_limit},
            {"clock", {{"simulated_unix", now.simulated_unix}, {"speed", clock_.speed()}}},
            {"monotonic_us", now.monotonic_us},
            {"open_connections", ledger_.openConnections()}};
}

json ControlApi::addKey(const json& body) {
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

json ControlApi::describeKeys() const {
    json list = json::array();
    for (const auto& key : registry_.keys())
        list.push_back({{"kid", key->id},
                        {"team", key->team},
                        {"topics", key->topics},
                        {"environment", key->environment}});
    return {{"keys", list}};
}

json ControlApi::setDevices(const json& body) {
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

json ControlApi::setPolicy(const json& body) {
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

json ControlApi::setClock(const json& body) {
    requireKeys(body, "the clock", {"offset_seconds", "now_unix", "speed"});
    const double speed = numberOf(body, "speed", clock_.speed());
    if (speed < 0) throw BadInput("speed is negative");
    if (body.contains("now_unix"))
        clock_.setNow(numberOf(body, "now_unix", 0), speed);
    else if (body.contains("offset_seconds"))
        clock_.setOffset(numberOf(body, "offset_seconds", 0), speed);
    else
        clock_.setNow(clock_.now().simulated_unix, speed);
    return state()["clock"];
}

json ControlApi::addFaults(const json& body) {
    std::vector<FaultRule> standing;
    std::vector<FaultRule> at_once;
    for (auto& rule : parseFaults(body))
        (rule.action->point == FaultPoint::Now ? at_once : standing).push_back(std::move(rule));
    faults_.add(std::move(standing));
    for (const auto& rule : at_once) server_.strike(rule.action, rule.match.connection);
    return {{"rules", describeFaults(faults_.rules())}};
}

json ControlApi::clearFaults() {
    faults_.clear();
    server_.calm();
    return {{"rules", json::array()}};
}

json ControlApi::pushes(const ControlRequest& request) const {
    const std::uint64_t since = queryNumber(request, "since", 0);
    const std::uint64_t limit = std::min(queryNumber(request, "limit", 10'000), kMaxPage);
    std::uint64_t oldest = 0;
    const auto list = ledger_.pushes(since, limit, oldest);
    json described = json::array();
    for (const Push& push : list) described.push_back(describePush(push));
    return {{"oldest", oldest},
            {"next", list.empty() ? std::max(since, oldest - 1) : list.back().number},
            {"pushes", std::move(described)}};
}

json ControlApi::wait(const ControlRequest& request) {
    const std::uint64_t count = queryNumber(request, "count", 1);
    const auto timeout_ms = static_cast<std::int64_t>(
        std::min<std::uint64_t>(queryNumber(request, "timeout_ms", 10'000), 3'600'000));
    const std::uint64_t processed = ledger_.wait(count, timeout_ms);
    return {{"processed", processed}, {"reached", processed >= count}};
}

json ControlApi::reset(const json& body) {
    requireKeys(body, "reset", {"keep"});
    const std::string keep = textOf(body, "keep", false);
    if (!keep.empty() && keep != "registry") throw BadInput("keep is registry or left out");
    clearFaults();
    ledger_.reset();
    if (keep.empty()) {
        registry_.reset();
        clock_.setOffset(0, options_.clock_speed);
    }
    return state();
}

}  // namespace apns_simulator
