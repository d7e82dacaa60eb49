// SPDX-License-Identifier: Apache-2.0
// Google, "REST resource: projects.messages" and "FCM error codes".
#include "message_check.h"

#include <algorithm>
#include <cstdlib>
#include <set>

#include "payload_check.h"

namespace fcm_simulator {

namespace {

using nlohmann::json;

constexpr std::size_t kMaxPayload = 4096;
constexpr double kMaxTtl = 28 * 24 * 3600;
constexpr std::size_t kMinToken = 20;
constexpr std::size_t kMaxToken = 4096;
constexpr std::size_t kMaxCollapseId = 64;

/// Thrown inside this file only.
struct Wrong {
    std::string message;
    std::string field;
    bool fcm_error = false;
};

[[noreturn]] void badField(const std::string& field, const std::string& message) {
    throw Wrong{message, field, false};
}

[[noreturn]] void badArgument(const std::string& message, const std::string& field = {}) {
    throw Wrong{message, field, true};
}

void knownFields(const json& object, const std::string& at, const std::set<std::string>& known) {
    if (!object.is_object()) badField(at, "Invalid value at '" + at + "', an object is expected");
    for (const auto& [name, value] : object.items())
        if (known.count(name) == 0)
            badField(at, "Invalid JSON payload received. Unknown name \"" + name + "\" at '" + at +
                             "': Cannot find field.");
}

const std::string* textAt(const json& object, const char* name, const std::string& at) {
    const auto found = object.find(name);
    if (found == object.end()) return nullptr;
    if (!found->is_string())
        badField(at + "." + name,
                 "Invalid value at '" + at + "." + name + "' (TYPE_STRING), " + found->dump());
    return found->get_ptr<const std::string*>();
}

bool isDuration(const std::string& text) {
    // "86400s", "3.5s": digits, at most nine after the dot.
    if (text.size() < 2 || text.back() != 's') return false;
    const std::string number = text.substr(0, text.size() - 1);
    const auto dot = number.find('.');
    const auto digits = [](std::string_view part) {
        return !part.empty() &&
               std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
    };
    if (dot == std::string::npos) return digits(number);
    return digits(number.substr(0, dot)) && digits(number.substr(dot + 1)) &&
           number.size() - dot - 1 <= 9;
}

std::size_t checkData(const json& data) {
    if (!data.is_object()) badField("message.data", "Invalid value at 'message.data'");
    std::size_t bytes = 0;
    std::size_t index = 0;
    for (const auto& [key, value] : data.items()) {
        if (!value.is_string()) {
            const std::string at = "message.data[" + std::to_string(index) + "].value";
            badField(at, "Invalid value at '" + at + "' (TYPE_STRING), " + value.dump());
        }
        if (key == "from" || key == "message_type" || key.starts_with("google") ||
            key.starts_with("gcm"))
            badArgument("Invalid data payload key: " + key);
        bytes += key.size() + value.get_ref<const std::string&>().size();
        ++index;
    }
    return bytes;
}

void checkAndroid(const json& android, std::vector<const char*>& violations) {
    knownFields(android, "message.android",
                {"collapse_key", "priority", "ttl", "restricted_package_name", "data",
                 "notification", "fcm_options", "direct_boot_ok"});
    textAt(android, "collapse_key", "message.android");
    const std::string* priority = textAt(android, "priority", "message.android");
    if (priority && *priority != "HIGH" && *priority != "NORMAL")
        badField("message.android.priority",
                 "Invalid value at 'message.android.priority' "
                 "(type.googleapis.com/google.firebase.fcm.v1.AndroidMessagePriority)");
    if (!priority) violations.push_back("a data message without priority");
    const std::string* ttl = textAt(android, "ttl", "message.android");
    if (!ttl) {
        violations.push_back("a message without ttl is kept for four weeks");
        return;
    }
    if (!isDuration(*ttl))
        badField("message.android.ttl",
                 "Invalid value at 'message.android.ttl' "
                 "(type.googleapis.com/google.protobuf.Duration)");
    if (std::atof(ttl->c_str()) > kMaxTtl)
        badArgument("TTL must be between 0 and 2419200 seconds", "message.android.ttl");
}

std::size_t checkApple(const json& apns, std::vector<const char*>& violations) {
    knownFields(apns, "message.apns", {"headers", "payload", "fcm_options"});
    std::string push_type, priority;
    if (const auto headers = apns.find("headers"); headers != apns.end()) {
        if (!headers->is_object()) badField("message.apns.headers", "headers is no map");
        for (const auto& [name, value] : headers->items())
            textAt(*headers, name.c_str(), "message.apns.headers");
        if (const auto* text = textAt(*headers, "apns-push-type", "")) push_type = *text;
        if (const auto* text = textAt(*headers, "apns-priority", "")) priority = *text;
        const auto* collapse_id = textAt(*headers, "apns-collapse-id", "");
        if (collapse_id && collapse_id->size() > kMaxCollapseId)
            badArgument("apns-collapse-id is too long");
        if (headers->contains("apns-topic")) violations.push_back("apns-topic is FCM's to set");
    }
    if (push_type.empty()) badArgument("apns-push-type is missing");
    if (priority != "10" && priority != "5") badArgument("apns-priority is 10 or 5");
    if (push_type == "background" && priority != "5")
        badArgument("a background push has priority 5");
    const auto payload = apns.find("payload");
    if (payload == apns.end() || !payload->is_object())
        badField("message.apns.payload", "payload is no object");
    const std::string text = payload->dump();
    const auto judged = apns_simulator::checkPayload(text, push_type);
    if (*judged.reason != '\0') badArgument(std::string(judged.reason) + ": " + judged.note);
    violations.insert(violations.end(), judged.violations.begin(), judged.violations.end());
    return text.size();
}

bool isToken(const std::string& token) {
    return token.size() >= kMinToken && token.size() <= kMaxToken &&
           std::all_of(token.begin(), token.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '_' || c == ':';
           });
}

void check(const json& content, MessageVerdict& out) {
    if (content.is_discarded())
        throw Wrong{"Invalid JSON payload received. Unexpected token.", "", false};
    knownFields(content, "request", {"message", "validate_only"});
    const auto found = content.find("message");
    if (found == content.end()) badArgument("Message is required", "message");
    const json& message = *found;
    knownFields(message, "message",
                {"name", "data", "notification", "android", "webpush", "apns", "fcm_options",
                 "token", "topic", "condition"});
    const std::string* token = textAt(message, "token", "message");
    if (!token || message.contains("topic") || message.contains("condition"))
        badArgument("Recipient of the message is not set.", "message");
    out.token = *token;
    std::size_t bytes = 0;
    if (const auto data = message.find("data"); data != message.end()) bytes += checkData(*data);
    if (const auto android = message.find("android"); android != message.end())
        checkAndroid(*android, out.violations);
    if (const auto apns = message.find("apns"); apns != message.end()) {
        out.for_apple = true;
        bytes += checkApple(*apns, out.violations);
    }
    if (bytes > kMaxPayload) badArgument("Message is too big", "message");
    if (bytes == 0) out.violations.push_back("a message that says nothing");
    if (!isToken(*token))
        badArgument("The registration token is not a valid FCM registration token",
                    "message.token");
}

}  // namespace

MessageVerdict checkMessage(std::string_view body) {
    MessageVerdict verdict;
    try {
        check(json::parse(body, nullptr, false), verdict);
    } catch (const Wrong& wrong) {
        verdict.message = wrong.message;
        verdict.field = wrong.field;
        verdict.fcm_error = wrong.fcm_error;
    }
    return verdict;
}

}  // namespace fcm_simulator
