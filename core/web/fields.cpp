// SPDX-License-Identifier: Apache-2.0
#include "web/fields.h"

#include <nlohmann/json.hpp>

#include "util/bounded_json.h"
#include "util/http_syntax.h"
#include "util/printable.h"
#include "util/rfc3339.h"

namespace postbell::web {
namespace {

/// No call of the API has a tenth of it.
constexpr util::JsonBounds kBounds{8, 10'000};

/// "application/json; charset=utf-8" and "application/x+json" are (RFC 6839, 3.1).
bool isJson(std::string_view type) {
    type = type.substr(0, type.find(';'));
    const std::string essence = util::lowerCase(type.substr(0, type.find_last_not_of(" \t") + 1));
    return essence == "application/json" ||
           (essence.starts_with("application/") && essence.ends_with("+json"));
}

}  // namespace

nlohmann::json parseObject(const net::Request& request) {
    const std::string_view type = request.header("content-type");
    if (!type.empty() && !isJson(type)) throw Problem(415, "the body must be application/json");
    nlohmann::json body;
    try {
        body = util::parseBounded(request.body, kBounds);
    } catch (const util::JsonBeyondBounds& e) {
        throw Problem(400, std::string("the body is ") + e.what());
    } catch (const nlohmann::json::parse_error& e) {
        throw Problem(400, "the body is not JSON (byte " + std::to_string(e.byte) + ")");
    } catch (const nlohmann::json::out_of_range&) {  // 1e999
        throw Problem(400, "the body has a number that is too large");
    }
    if (!body.is_object()) throw Problem(400, "the body must be a JSON object");
    return body;
}

const nlohmann::json* find(const nlohmann::json& body, const char* name) {
    const auto found = body.find(name);
    return found == body.end() || found->is_null() ? nullptr : &*found;
}

void refuse(const char* name, const std::string& sentence) {
    throw Problem(400, "\"" + std::string(name) + "\" " + sentence);
}

std::optional<std::string> anyText(const nlohmann::json& body, const char* name) {
    const nlohmann::json* value = find(body, name);
    if (value == nullptr) return std::nullopt;
    if (!value->is_string()) refuse(name, "must be a text");
    return value->get<std::string>();
}

std::optional<std::string> optionalText(const nlohmann::json& body, const char* name,
                                        std::size_t max) {
    auto text = anyText(body, name);
    if (!text) return text;
    if (text->empty() || text->size() > max)
        refuse(name, "must have 1 to " + std::to_string(max) + " bytes");
    if (!util::isPrintable(*text)) refuse(name, "must not contain control characters");
    return text;
}

std::string requiredText(const nlohmann::json& body, const char* name, std::size_t max) {
    auto text = optionalText(body, name, max);
    if (!text) refuse(name, "is missing");
    return std::move(*text);
}

std::optional<util::WallTime> optionalTime(const nlohmann::json& body, const char* name) {
    const auto text = optionalText(body, name, 64);
    if (!text) return std::nullopt;
    const auto time = util::parseRfc3339(*text);
    if (!time || *time <= util::WallTime())
        refuse(name, "must be a time as RFC 3339 writes it, such as 2026-11-23T08:15:30Z");
    return *time;
}

std::optional<std::int64_t> optionalNumber(const nlohmann::json& body, const char* name,
                                           std::int64_t max) {
    const nlohmann::json* value = find(body, name);
    if (value == nullptr) return std::nullopt;
    if (!value->is_number_integer() || *value < 0 || *value > max)
        refuse(name, "must be a whole number from 0 to " + std::to_string(max));
    return value->get<std::int64_t>();
}

nlohmann::json timeOrNull(util::WallTime time) {
    if (!util::isSet(time)) return nullptr;
    return util::formatRfc3339(time);
}

nlohmann::json textOrNull(const std::string& text) {
    if (text.empty()) return nullptr;
    return text;
}

std::string dump(const nlohmann::json& body) {
    return body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace postbell::web
