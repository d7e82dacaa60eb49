// SPDX-License-Identifier: Apache-2.0
#include "control_api.h"

#include <charconv>

#include "fault_json.h"
#include "ledger_json.h"

namespace http2_simulator {

namespace {

using nlohmann::json;

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

constexpr std::uint64_t kMaxPage = 100'000;

}  // namespace

ControlApi::ControlApi(const Options& options, std::string ca_file, SimulatedClock& clock,
                       Network& network, Ledger& ledger, FaultBook& faults, Server& server)
    : options_(options),
      ca_file_(std::move(ca_file)),
      clock_(clock),
      network_(network),
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
    if (call == "POST /clock") return setClock(body);
    if (call == "GET /faults") return {{"rules", describeFaults(faults_.rules())}};
    if (call == "POST /faults") return addFaults(body);
    if (call == "DELETE /faults") return clearFaults();
    if (call == "GET /pushes") return pushes(request);
    if (call == "GET /stats") return describeStatistics(ledger_);
    if (call == "GET /wait") return wait(request);
    if (call == "POST /reset") return reset(body);
    return network_.control(call, body);
}

json ControlApi::state() const {
    const Moment now = clock_.now();
    json state = {{"port", server_.port()},
                  {"ca_file", ca_file_},
                  {"threads", options_.threads},
                  {"max_streams", options_.max_streams},
                  {"initial_streams", options_.initial_streams},
                  {"record", options_.record ? "memory" : "off"},
                  {"record_limit", options_.record_limit},
                  {"clock", {{"simulated_unix", now.simulated_unix}, {"speed", clock_.speed()}}},
                  {"monotonic_us", now.monotonic_us},
                  {"open_connections", ledger_.openConnections()}};
    network_.describe(state);
    return state;
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
        network_.reset();
        clock_.setOffset(0, options_.clock_speed);
    }
    return state();
}

}  // namespace http2_simulator
