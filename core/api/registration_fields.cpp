// SPDX-License-Identifier: Apache-2.0
#include "api/registration_fields.h"

#include <algorithm>
#include <limits>

#include "util/codec.h"
#include "util/rfc3339.h"

namespace postbell::api {
namespace {

constexpr int kMostNesting = 8;

const nlohmann::json* find(const nlohmann::json& body, const char* name) {
    const auto found = body.find(name);
    return found == body.end() || found->is_null() ? nullptr : &*found;
}

[[noreturn]] void refuse(const char* name, const std::string& what) {
    throw Problem(400, "\"" + std::string(name) + "\" " + what);
}

}  // namespace

nlohmann::json parseObject(const net::Request& request) {
    const std::string_view type = request.header("content-type");
    if (!type.empty() && type.substr(0, type.find(';')).find("json") == std::string_view::npos)
        throw Problem(415, "the body must be application/json");
    const auto shallow = [](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
        if (depth > kMostNesting) throw Problem(400, "the body is nested too deeply");
        return true;
    };
    nlohmann::json body;
    try {
        body = nlohmann::json::parse(request.body, shallow);
    } catch (const nlohmann::json::parse_error& e) {
        throw Problem(400, "the body is not JSON (byte " + std::to_string(e.byte) + ")");
    } catch (const nlohmann::json::out_of_range&) {  // 1e999
        throw Problem(400, "the body has a number that is too large");
    }
    if (!body.is_object()) throw Problem(400, "the body must be a JSON object");
    return body;
}

std::optional<std::string> textField(const nlohmann::json& body, const char* name, std::size_t most,
                                     bool required) {
    const nlohmann::json* value = find(body, name);
    if (value == nullptr) {
        if (required) refuse(name, "is missing");
        return std::nullopt;
    }
    if (!value->is_string()) refuse(name, "must be a text");
    const auto& text = value->get_ref<const std::string&>();
    if (text.empty() || text.size() > most)
        refuse(name, "must have 1 to " + std::to_string(most) + " bytes");
    if (std::any_of(text.begin(), text.end(),
                    [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }))
        refuse(name, "must not contain control characters");
    return text;
}

std::string requiredText(const nlohmann::json& body, const char* name, std::size_t most) {
    return *textField(body, name, most, true);
}

std::string hashField(const nlohmann::json& body, const char* name) {
    std::string text = requiredText(body, name, 4096);
    if (text.find('@') != std::string::npos)
        refuse(name,
               "must be the SHA-256 of the address in lower case (64 hex digits), not the address "
               "itself: the gateway is never to know whose mail it is");
    const auto bytes = util::hexDecode(text);
    if (text.size() != 64 || !bytes) refuse(name, "must be a SHA-256 as 64 hex digits");
    return util::hexEncode(*bytes);
}

store::Environment environmentField(const nlohmann::json& body) {
    const auto text = textField(body, "environment", 32, false);
    if (!text) return store::Environment::None;
    if (*text == "production") return store::Environment::Production;
    if (*text == "sandbox") return store::Environment::Sandbox;
    refuse("environment", "must be \"production\" or \"sandbox\"");
}

std::int64_t timeField(const nlohmann::json& body, const char* name) {
    const auto text = textField(body, name, 64, false);
    if (!text) return 0;
    const auto time = util::parseRfc3339(*text);
    if (!time || *time <= 0)
        refuse(name, "must be a time as RFC 3339 writes it, such as 2026-11-23T08:15:30Z");
    return *time;
}

std::int32_t countField(const nlohmann::json& body, const char* name) {
    const nlohmann::json* value = find(body, name);
    if (value == nullptr) return store::kUnknownCount;
    if (!value->is_number_integer() || *value < 0 ||
        *value > std::numeric_limits<std::int32_t>::max())
        refuse(name, "must be a whole number of 0 or more");
    return value->get<std::int32_t>();
}

}  // namespace postbell::api
