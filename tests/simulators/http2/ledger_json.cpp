// SPDX-License-Identifier: Apache-2.0
#include "ledger_json.h"

namespace http2_simulator {

namespace {

using nlohmann::json;

const char* outcomeName(Outcome outcome) {
    switch (outcome) {
        case Outcome::Pending:
            return "pending";
        case Outcome::Answered:
            return "answered";
        case Outcome::Reset:
            return "reset";
        case Outcome::Closed:
            return "closed";
        case Outcome::Unprocessed:
            return "unprocessed";
        case Outcome::Cancelled:
            return "cancelled";
    }
    return "";
}

double milliseconds(std::int64_t us) {
    return static_cast<double>(us) / 1000.0;
}

json headersOf(const PackedRequest& request) {
    json headers = json::object();
    for (const Header header : {Header::Topic, Header::PushType, Header::Priority,
                                Header::Expiration, Header::CollapseId, Header::Id})
        if (const auto value = request.header(header); !value.empty())
            headers[std::string(headerName(header))] = value;
    std::string_view rest = request.unknown();
    while (!rest.empty()) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        const auto colon = line.find(": ");
        headers[std::string(line.substr(0, colon))] = line.substr(colon + 2);
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    }
    return headers;
}

}  // namespace

json describePush(const Push& push) {
    const PackedRequest& request = push.request;
    json object = {{"number", push.number},
                   {"received_unix_ms", milliseconds(push.received.unix_us)},
                   {"received_monotonic_us", push.received.monotonic_us},
                   {"received_simulated_unix", push.received.simulated_unix},
                   {"connection", push.connection},
                   {"stream", push.stream_id},
                   {"method", request.header(Header::Method)},
                   {"path", request.header(Header::Path)},
                   {"token", push.verdict.token},
                   {"topic", push.verdict.topic},
                   {"headers", headersOf(request)},
                   {"credential", push.credential ? json(*push.credential) : json()},
                   {"payload_bytes", request.payloadSize()},
                   {"outcome", outcomeName(push.outcome)},
                   {"processed", push.processed},
                   {"violations", push.verdict.violations}};
    object["payload"] = json::parse(request.payload(), nullptr, false);
    if (object["payload"].is_discarded()) object["payload"] = nullptr;
    if (push.outcome == Outcome::Answered)
        object["answer"] = {
            {"status", push.status}, {"reason", push.reason}, {"id", push.request.answerId()}};
    if (push.ended_monotonic_us != 0) {
        const std::int64_t took_us = push.ended_monotonic_us - push.received.monotonic_us;
        object["ended_monotonic_us"] = push.ended_monotonic_us;
        object["ended_unix_ms"] = milliseconds(push.received.unix_us + took_us);
    }
    object["verdict"] = {{"status", push.verdict.status},
                         {"reason", push.verdict.reason},
                         {"note", push.verdict.note}};
    if (push.fault) object["fault"] = *push.fault;
    return object;
}

json describeStatistics(const Ledger& ledger) {
    const Statistics statistics = ledger.statistics();
    json by_answer = json::array();
    by_answer.push_back({{"status", 200}, {"reason", ""}, {"count", statistics.answered_200}});
    for (const auto& [key, count] : statistics.refusals)
        by_answer.push_back({{"status", key.first}, {"reason", key.second}, {"count", count}});
    json unanswered = json::object();
    for (const auto& [outcome, count] : statistics.unanswered)
        unanswered[outcomeName(outcome)] = count;
    json seconds = json::array();
    for (const auto& second : statistics.seconds)
        seconds.push_back({{"requests", second.requests},
                           {"processed", second.processed},
                           {"connections", second.connections}});
    json violations = json::array();
    for (const auto& violation : statistics.violations)
        violations.push_back({{"unix_ms", milliseconds(violation.unix_us)},
                              {"connection", violation.connection},
                              {"text", violation.text}});
    return {{"since_unix_ms", milliseconds(statistics.since_unix_us)},
            {"requests", statistics.requests},
            {"processed", statistics.processed},
            {"answers", by_answer},
            {"unanswered", unanswered},
            {"connections",
             {{"opened", statistics.connections_opened},
              {"open", ledger.openConnections()},
              {"closed_at_accept", statistics.connections_closed_at_accept},
              {"handshakes_failed", statistics.handshakes_failed}}},
            {"pings", statistics.pings},
            {"beyond_goaway", statistics.beyond_goaway},
            {"streams_high_water", ledger.streamsHighWater()},
            {"violation_counts", statistics.violation_counts},
            {"violations", violations},
            {"seconds", seconds}};
}

}  // namespace http2_simulator
