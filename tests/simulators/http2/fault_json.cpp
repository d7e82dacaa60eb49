// SPDX-License-Identifier: Apache-2.0
#include "fault_json.h"

#include <array>
#include <map>

#include "garbage.h"

namespace http2_simulator {

namespace {

using nlohmann::json;

struct KindEntry {
    const char* name;
    FaultKind kind;
    /// Where it may act; the first is the default.
    std::vector<FaultPoint> points;
    std::set<std::string> keys;
};

const std::vector<KindEntry>& kinds() {
    using enum FaultPoint;
    static const std::vector<KindEntry> list = {
        {"answer",
         FaultKind::Answer,
         {Request},
         {"status", "reason", "timestamp", "retry_after", "headers", "body", "intercepted",
          "processed"}},
        {"delay", FaultKind::Delay, {Request, Accept}, {}},
        {"hold", FaultKind::Hold, {Request}, {}},
        {"goaway",
         FaultKind::Goaway,
         {Request, Now},
         {"error_code", "reason", "cut", "graceful", "last_stream_id"}},
        {"rst_stream", FaultKind::RstStream, {Request}, {"error_code", "processed"}},
        {"close", FaultKind::Close, {Request, Accept, Now}, {"after_bytes", "fin", "processed"}},
        {"settings",
         FaultKind::Settings,
         {Request, Now},
         {"max_concurrent_streams", "initial_window_size", "header_table_size"}},
        {"garbage", FaultKind::Garbage, {Request, Now}, {"kind"}},
        {"blackhole", FaultKind::Blackhole, {Request, Accept, Now}, {}},
        {"half_open_tls", FaultKind::HalfOpenTls, {Accept}, {}},
        {"not_h2", FaultKind::NotH2, {Accept}, {"alpn"}},
        {"max_connections", FaultKind::MaxConnections, {Accept}, {"limit"}},
        {"refuse", FaultKind::Refuse, {Now}, {"for_ms"}}};
    return list;
}

const std::map<std::string, FaultPoint>& points() {
    static const std::map<std::string, FaultPoint> map = {
        {"request", FaultPoint::Request}, {"accept", FaultPoint::Accept}, {"now", FaultPoint::Now}};
    return map;
}

// RFC 9113, section 7.
constexpr std::array<const char*, 14> kErrorCodes = {"NO_ERROR",
                                                     "PROTOCOL_ERROR",
                                                     "INTERNAL_ERROR",
                                                     "FLOW_CONTROL_ERROR",
                                                     "SETTINGS_TIMEOUT",
                                                     "STREAM_CLOSED",
                                                     "FRAME_SIZE_ERROR",
                                                     "REFUSED_STREAM",
                                                     "CANCEL",
                                                     "COMPRESSION_ERROR",
                                                     "CONNECT_ERROR",
                                                     "ENHANCE_YOUR_CALM",
                                                     "INADEQUATE_SECURITY",
                                                     "HTTP_1_1_REQUIRED"};

template <typename T>
T number(const json& object, const char* key, T fallback, double least, double most) {
    const auto found = object.find(key);
    if (found == object.end()) return fallback;
    const bool whole = !std::is_integral_v<T> || found->is_number_integer();
    if (!found->is_number() || !whole || found->get<double>() < least ||
        found->get<double>() > most)
        throw BadInput(std::string(key) + " is not a number in its range");
    return found->get<T>();
}

template <typename T>
std::optional<T> optionalNumber(const json& object, const char* key, double most) {
    if (!object.contains(key)) return std::nullopt;
    return number<T>(object, key, T{}, 0, most);
}

bool flag(const json& object, const char* key, bool fallback) {
    const auto found = object.find(key);
    if (found == object.end()) return fallback;
    if (!found->is_boolean()) throw BadInput(std::string(key) + " is not true or false");
    return found->get<bool>();
}

std::uint32_t errorCode(const json& object, std::uint32_t fallback) {
    const auto found = object.find("error_code");
    if (found == object.end() || found->is_number())
        return number<std::uint32_t>(object, "error_code", fallback, 0, UINT32_MAX);
    for (std::size_t code = 0; code < kErrorCodes.size(); ++code)
        if (*found == kErrorCodes[code]) return static_cast<std::uint32_t>(code);
    throw BadInput("error_code is neither a number nor a name from RFC 9113, section 7");
}

FaultMatch parseMatch(const json& object) {
    requireKeys(
        object, "match",
        {"token_prefix", "topic", "connection", "skip", "every", "next", "probability", "seed"});
    constexpr double kMany = 1e15;
    FaultMatch match;
    match.token_prefix = textOf(object, "token_prefix", false);
    match.topic = textOf(object, "topic", false);
    match.connection = optionalNumber<std::uint64_t>(object, "connection", kMany);
    match.skip = number<std::uint64_t>(object, "skip", 0, 0, kMany);
    match.every = number<std::uint64_t>(object, "every", 1, 1, kMany);
    match.next = optionalNumber<std::uint64_t>(object, "next", kMany);
    match.probability = number<double>(object, "probability", 1.0, 0, 1);
    match.seed = number<std::uint64_t>(object, "seed", 1, 0, kMany);
    return match;
}

const KindEntry& findKind(const std::string& name) {
    std::string known;
    for (const auto& entry : kinds()) {
        if (name == entry.name) return entry;
        known += std::string(known.empty() ? "" : ", ") + entry.name;
    }
    throw BadInput("type is one of: " + known);
}

FaultPoint parsePoint(const json& object, const KindEntry& entry) {
    const std::string name = textOf(object, "on", false);
    if (name.empty()) return entry.points.front();
    const auto found = points().find(name);
    if (found != points().end())
        for (const FaultPoint point : entry.points)
            if (point == found->second) return point;
    throw BadInput(std::string(entry.name) + " cannot act on \"" + name + "\"");
}

void parseAnswer(const json& object, FaultAction& action) {
    action.status = number<int>(object, "status", 200, 200, 599);
    action.reason = textOf(object, "reason", false);
    action.timestamp_ms = optionalNumber<std::int64_t>(object, "timestamp", 1e15);
    if (object.contains("retry_after"))
        action.retry_after = object["retry_after"].is_string()
                                 ? textOf(object, "retry_after", false)
                                 : object["retry_after"].dump();
    if (object.contains("body")) action.body = textOf(object, "body", false);
    action.intercepted = flag(object, "intercepted", false);
    action.processed = flag(object, "processed", action.status == 200 && !action.intercepted);
    if (!object.contains("headers")) return;
    requireKeys(object["headers"], "headers", {});
    for (const auto& [name, value] : object["headers"].items())
        action.headers.emplace_back(name, textOf(object["headers"], name.c_str(), false));
}

std::shared_ptr<const FaultAction> parseAction(const json& object, std::string name) {
    if (!object.is_object()) throw BadInput("action is not an object");
    const KindEntry& entry = findKind(textOf(object, "type", false));
    std::set<std::string> keys = entry.keys;
    keys.insert({"type", "on", "delay_ms"});
    requireKeys(object, entry.name, keys);

    FaultAction action;
    action.kind = entry.kind;
    action.point = parsePoint(object, entry);
    action.name = name.empty() ? entry.name : std::move(name);
    action.delay_ms = number<std::int64_t>(object, "delay_ms", 0, 0, 1e9);
    action.processed = flag(object, "processed", false);
    switch (entry.kind) {
        case FaultKind::Answer:
            parseAnswer(object, action);
            break;
        case FaultKind::Goaway:
            action.error_code = errorCode(object, 0);
            action.debug_reason = textOf(object, "reason", false);
            action.cut = number<unsigned>(object, "cut", 0, 0, 1e6);
            action.graceful = flag(object, "graceful", false);
            action.last_stream_id =
                optionalNumber<std::int32_t>(object, "last_stream_id", INT32_MAX);
            break;
        case FaultKind::RstStream:
            action.error_code = errorCode(object, 7);  // REFUSED_STREAM
            break;
        case FaultKind::Close:
            action.after_bytes = number<std::uint64_t>(object, "after_bytes", 0, 0, 1e12);
            action.fin = flag(object, "fin", false);
            break;
        case FaultKind::Settings:
            action.max_concurrent_streams =
                optionalNumber<std::uint32_t>(object, "max_concurrent_streams", UINT32_MAX);
            action.initial_window_size =
                optionalNumber<std::uint32_t>(object, "initial_window_size", INT32_MAX);
            action.header_table_size =
                optionalNumber<std::uint32_t>(object, "header_table_size", 65536);
            break;
        case FaultKind::Garbage:
            action.garbage =
                textOf(object, "kind", false).empty() ? "random" : textOf(object, "kind", false);
            if (!isGarbageKind(action.garbage))
                throw BadInput("kind of garbage is one of: " + garbageKinds());
            break;
        case FaultKind::NotH2:
            action.alpn = textOf(object, "alpn", false);
            if (!action.alpn.empty() && action.alpn != "http/1.1")
                throw BadInput("alpn is \"http/1.1\" or left out");
            break;
        case FaultKind::MaxConnections:
            if (!object.contains("limit")) throw BadInput("max_connections needs a limit");
            action.limit = number<std::size_t>(object, "limit", 0, 0, 1e6);
            break;
        case FaultKind::Refuse:
            action.for_ms = number<std::int64_t>(object, "for_ms", 0, 0, 1e9);
            break;
        case FaultKind::Delay:
        case FaultKind::Hold:
        case FaultKind::Blackhole:
        case FaultKind::HalfOpenTls:
            break;
    }
    return std::make_shared<const FaultAction>(std::move(action));
}

}  // namespace

std::vector<FaultRule> parseFaults(const json& body) {
    if (body.is_object() && body.contains("rules")) {
        requireKeys(body, "the body", {"rules"});
        return parseFaults(body["rules"]);
    }
    std::vector<FaultRule> rules;
    for (const json& object : body.is_array() ? body : json::array({body})) {
        requireKeys(object, "a rule", {"name", "match", "action"});
        if (!object.contains("action")) throw BadInput("a rule needs an action");
        FaultRule rule;
        if (object.contains("match")) rule.match = parseMatch(object["match"]);
        rule.action = parseAction(object["action"], textOf(object, "name", false));
        rules.push_back(std::move(rule));
    }
    return rules;
}

json describeFaults(const std::vector<FaultRule>& rules) {
    json list = json::array();
    for (const auto& rule : rules) {
        std::string on;
        for (const auto& [name, point] : points())
            if (point == rule.action->point) on = name;
        list.push_back(
            {{"name", rule.action->name}, {"on", on}, {"seen", rule.seen}, {"hits", rule.hits}});
    }
    return list;
}

}  // namespace http2_simulator
