// SPDX-License-Identifier: Apache-2.0
#include "settings.h"

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace postbell::fcm {
namespace {

constexpr char kFcm[] = "https://fcm.googleapis.com";

[[noreturn]] void refuse(const char* key, std::string_view found, const char* accepted) {
    throw std::runtime_error(std::string(key) + " is \"" + std::string(found) + "\"; it must be " +
                             accepted);
}

}  // namespace

const char kCredentialSchema[] = R"({
  "type": "object",
  "additionalProperties": false,
  "file": {"required": true, "description": "a service account's key: the JSON file from Firebase's project settings"},
  "properties": {}
})";

const char kConfigSchema[] = R"({
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "endpoint": {
      "type": "string",
      "default": "",
      "description": "https://host:port in place of fcm.googleapis.com; only for tests"
    },
    "token_endpoint": {
      "type": "string",
      "default": "",
      "description": "https://host:port/path in place of the service account's token_uri; only for tests"
    }
  }
})";

Settings readSettings(const Host& host) {
    Settings settings;
    const std::string_view endpoint = host.config("endpoint").value_or("");
    settings.origin = kFcm;
    if (!endpoint.empty()) {
        const auto url = parseUrl(endpoint);
        if (!url || url->path != "/" || endpoint.back() == '/')
            refuse("endpoint", endpoint,
                   "\"https://host\" or \"https://host:port\", without a path");
        settings.origin = url->origin;
    }
    const std::string_view token_endpoint = host.config("token_endpoint").value_or("");
    if (!token_endpoint.empty()) {
        const auto url = parseUrl(token_endpoint);
        if (!url)
            refuse("token_endpoint", token_endpoint,
                   "\"https://host/path\" or \"https://host:port/path\"");
        settings.token_endpoint = *url;
    }
    const auto allowed =
        nlohmann::json::parse(host.config("allowed_origins").value_or("[]"), nullptr, false);
    if (allowed.is_array())
        for (const auto& origin : allowed)
            if (origin.is_string()) settings.allowed_origins.push_back(origin);
    return settings;
}

std::vector<std::string> Settings::origins() const {
    const std::string tokens =
        token_endpoint.origin.empty() ? googleTokenEndpoint().origin : token_endpoint.origin;
    if (tokens == origin) return {origin};
    return {origin, tokens};
}

}  // namespace postbell::fcm
