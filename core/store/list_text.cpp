// SPDX-License-Identifier: Apache-2.0
#include "store/list_text.h"

#include <nlohmann/json.hpp>

#include "store/store_error.h"

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

Json toJson(const GuardState& guard) {
    return {{"good_at", util::toMs(guard.good_at)},
            {"suspects", guard.suspects},
            {"strangers", guard.strangers},
            {"authorization_refused", guard.authorization_refused},
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
    guard.suspects = json.value("suspects", guard.suspects);
    guard.strangers = json.value("strangers", guard.strangers);
    guard.authorization_refused = json.value("authorization_refused", guard.authorization_refused);
    guard.paused_at = time("paused_at");
    guard.paused_reason = json.value("paused_reason", guard.paused_reason);
    guard.probe_at = time("probe_at");
    guard.probe_interval = util::Milliseconds(json.value("probe_interval_ms", std::int64_t{0}));
    return guard;
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

}  // namespace postbell::store
