// SPDX-License-Identifier: Apache-2.0
#include "store/records/list_text.h"

#include <nlohmann/json.hpp>

#include <charconv>

#include "store/records/store_error.h"
#include "util/codec.h"

namespace postbell::store {

namespace {

using Json = nlohmann::json;

std::string dump(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// `read` gets the text's JSON.
template <class Read>
auto parsed(std::string_view text, const Read& read) {
    try {
        return read(Json::parse(text));
    } catch (const Json::exception& error) {
        throw StoreError(std::string("the database holds a list that is none: ") + error.what());
    }
}

// Device ids are stored as text.
Json toJson(const std::vector<Id>& devices) {
    Json json = Json::array();
    for (const Id device : devices) json.push_back(std::to_string(device));
    return json;
}

std::vector<Id> devicesOf(const Json& json, const char* name) {
    std::vector<Id> devices;
    for (const std::string& text : json.value(name, std::vector<std::string>())) {
        Id& device = devices.emplace_back();
        const char* const end = text.data() + text.size();
        if (std::from_chars(text.data(), end, device).ptr != end)
            throw StoreError("the database holds a device id that is none: " + text);
    }
    return devices;
}

Json toJson(const GuardState& guard) {
    return {{"good_at", util::toMs(guard.good_at)},
            {"suspects", toJson(guard.suspects)},
            {"strangers", toJson(guard.strangers)},
            {"authorization_refused", guard.authorization_refused},
            {"slowed_down", guard.slowed_down},
            {"paused_at", util::toMs(guard.paused_at)},
            {"paused_reason", guard.paused_reason},
            {"probe_at", util::toMs(guard.probe_at)},
            {"probe_interval_ms", guard.probe_interval.count()}};
}

GuardState guardOf(const Json& json) {
    GuardState guard;
    const auto time = [&](const char* name) {
        return util::fromMs(json.value(name, std::int64_t{0}));
    };
    guard.good_at = time("good_at");
    guard.suspects = devicesOf(json, "suspects");
    guard.strangers = devicesOf(json, "strangers");
    guard.authorization_refused = json.value("authorization_refused", guard.authorization_refused);
    guard.slowed_down = json.value("slowed_down", guard.slowed_down);
    guard.paused_at = time("paused_at");
    guard.paused_reason = json.value("paused_reason", guard.paused_reason);
    guard.probe_at = time("probe_at");
    guard.probe_interval = util::Milliseconds(json.value("probe_interval_ms", std::int64_t{0}));
    return guard;
}

// A header's value may be any bytes.
Json toJson(const AuthorizationHeader& header) {
    return {{"name", header.name},
            {"value", util::base64Encode(header.value)},
            {"renew_at", util::toMs(header.renew_at)},
            {"expires_at", util::toMs(header.expires_at)},
            {"not_renewed_before", util::toMs(header.not_renewed_before)},
            {"given_at", util::toMs(header.given_at)}};
}

AuthorizationHeader headerOf(const Json& json) {
    const auto time = [&](const char* name) {
        return util::fromMs(json.value(name, std::int64_t{0}));
    };
    AuthorizationHeader header;
    header.name = json.value("name", header.name);
    header.value = util::base64Decode(json.value("value", std::string())).value_or(std::string());
    header.renew_at = time("renew_at");
    header.expires_at = time("expires_at");
    header.not_renewed_before = time("not_renewed_before");
    header.given_at = time("given_at");
    return header;
}

}  // namespace

std::string guardsText(const Guards& guards) {
    Json json = Json::array();
    for (const GuardState& guard : guards) json.push_back(toJson(guard));
    return dump(json);
}

Guards parseGuards(std::string_view text) {
    return parsed(text, [](const Json& json) {
        Guards guards;
        for (std::size_t i = 0; i < guards.size() && i < json.size(); ++i)
            guards[i] = guardOf(json.at(i));
        return guards;
    });
}

std::string topicsText(const std::vector<std::string>& topics) {
    return dump(Json(topics));
}

std::vector<std::string> parseTopics(std::string_view text) {
    return parsed(text, [](const Json& json) { return json.get<std::vector<std::string>>(); });
}

std::string settingsText(const CredentialSettings& settings) {
    return dump(Json(settings));
}

CredentialSettings parseSettings(std::string_view text) {
    return parsed(text, [](const Json& json) { return json.get<CredentialSettings>(); });
}

std::string authorizationText(const StoredAuthorization& authorization) {
    Json json = toJson(authorization);
    json["earlier"] = toJson(authorization.earlier);
    return dump(json);
}

StoredAuthorization parseAuthorization(std::string_view text) {
    return parsed(text, [](const Json& json) {
        return StoredAuthorization{headerOf(json), headerOf(json.value("earlier", Json::object()))};
    });
}

}  // namespace postbell::store
