// SPDX-License-Identifier: Apache-2.0
#include "error_body.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "postbell/kit/retry_after.hpp"

namespace postbell::fcm {
namespace {

using nlohmann::json;

// Google's have less than 2 kB.
constexpr std::size_t kMaxBody = 32 * 1024;
constexpr std::size_t kMaxDetails = 16;
constexpr std::size_t kMaxViolations = 64;

std::string textOf(const json& object, const char* name) {
    if (!object.is_object()) return {};
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string lowered(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return text;
}

bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

bool endsWith(std::string_view text, std::string_view end) {
    return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

/// Calls `look` for each element of an array member, a bounded number of times.
template <class Look>
void forEach(const json& object, const char* name, std::size_t most, Look&& look) {
    if (!object.is_object()) return;
    const auto found = object.find(name);
    if (found == object.end() || !found->is_array()) return;
    for (std::size_t i = 0; i < std::min(found->size(), most); ++i) look((*found)[i]);
}

/// "3.5s", as JSON writes a google.protobuf.Duration.
std::int64_t durationMs(const std::string& text) {
    if (text.empty() || text.back() != 's') return 0;
    return kit::retryAfterMs(std::string_view(text).substr(0, text.size() - 1), 0);
}

void readDetail(const json& detail, ErrorBody& out) {
    const std::string type = textOf(detail, "@type");
    if (endsWith(type, "google.firebase.fcm.v1.FcmError")) {
        out.code = textOf(detail, "errorCode");
    } else if (endsWith(type, "google.firebase.fcm.v1.ApnsError")) {
        out.apple_reason = textOf(detail, "reason");
    } else if (endsWith(type, "google.rpc.ErrorInfo")) {
        out.info_reason = textOf(detail, "reason");
    } else if (endsWith(type, "google.rpc.RetryInfo")) {
        out.retry_delay_ms = durationMs(textOf(detail, "retryDelay"));
    } else if (endsWith(type, "google.rpc.BadRequest")) {
        forEach(detail, "fieldViolations", kMaxViolations, [&](const json& violation) {
            out.names_token |= textOf(violation, "field") == "message.token";
        });
    } else if (endsWith(type, "google.rpc.QuotaFailure")) {
        forEach(detail, "violations", kMaxViolations, [&](const json& violation) {
            out.names_device |= contains(lowered(textOf(violation, "subject")), "device") ||
                                contains(lowered(textOf(violation, "description")), "device");
        });
    }
}

}  // namespace

bool namesMessage(std::string_view body) {
    constexpr std::string_view kBlank = " \t\r\n";
    const std::size_t first = body.find_first_not_of(kBlank);
    if (first == std::string_view::npos || body[first] != '{') return false;
    if (body[body.find_last_not_of(kBlank)] != '}') return false;
    const std::size_t name = body.find("\"name\"");
    return name != std::string_view::npos &&
           body.find("/messages/", name) != std::string_view::npos;
}

ErrorBody readErrorBody(std::string_view body) {
    ErrorBody out;
    if (body.empty() || body.size() > kMaxBody) return out;
    const json content = json::parse(body.begin(), body.end(), nullptr, false);
    if (!content.is_object()) return out;
    out.is_object = true;
    const auto error = content.find("error");
    if (error == content.end() || !error->is_object()) return out;
    out.status = textOf(*error, "status");
    out.names_token = contains(lowered(textOf(*error, "message")), "registration token");
    forEach(*error, "details", kMaxDetails, [&](const json& detail) { readDetail(detail, out); });
    return out;
}

}  // namespace postbell::fcm
