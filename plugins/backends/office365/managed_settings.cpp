// SPDX-License-Identifier: Apache-2.0
#include "managed_settings.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "encoding.h"

namespace postbell::office365 {
namespace {

struct Cloud {
    std::string_view name, login, graph;
};
// learn.microsoft.com/graph/deployments
constexpr Cloud kClouds[] = {
    {"global", "https://login.microsoftonline.com", "https://graph.microsoft.com"},
    {"us-government", "https://login.microsoftonline.us", "https://graph.microsoft.us"},
    {"us-government-dod", "https://login.microsoftonline.us", "https://dod-graph.microsoft.us"},
    {"china", "https://login.chinacloudapi.cn", "https://microsoftgraph.chinacloudapi.cn"}};

constexpr const char* kKeys[] = {"tenant_id", "client_id", "client_secret_file",
                                 "certificate_file"};

std::string text(const Host& host, const char* key) {
    return std::string(host.config(key).value_or(""));
}

std::string requiredGuid(const Host& host, const char* key) {
    const std::string value = text(host, key);
    if (value.empty())
        throw InvalidInput(std::string(key) +
                           " is missing: managed subscriptions need tenant_id, "
                           "client_id, and client_secret_file or certificate_file");
    const auto id = guid(value);
    if (!id) throw InvalidInput(std::string(key) + " must be a GUID, as Entra ID shows it");
    return *id;
}

std::string origin(const Host& host, const char* key, std::string_view usual) {
    std::string value = text(host, key);
    if (value.empty()) return std::string(usual);
    while (value.back() == '/') value.pop_back();
    const auto url = splitUrl(value);
    if (!url || url->path != "/")
        throw InvalidInput(std::string(key) + " must be an origin such as https://host:port");
    return url->origin;
}

}  // namespace

std::optional<ManagedSettings> readManagedSettings(const Host& host,
                                                   std::uint32_t expiration_minutes) {
    const auto* set = std::find_if(std::begin(kKeys), std::end(kKeys),
                                   [&](const char* key) { return host.config(key).has_value(); });
    if (set == std::end(kKeys)) return std::nullopt;
    if (!host.mayReachOut() || !host.mayReadSecrets())
        throw InvalidInput(std::string(*set) +
                           " is set: managed subscriptions need "
                           "grants = [\"outbound\", \"secrets\"] in this section");
    ManagedSettings settings;
    settings.tenant_id = requiredGuid(host, "tenant_id");
    settings.client_id = requiredGuid(host, "client_id");
    const bool secret = host.config("client_secret_file").has_value();
    settings.with_certificate = host.config("certificate_file").has_value();
    if (secret == settings.with_certificate)
        throw InvalidInput(secret ? "client_secret_file and certificate_file are both set: one of "
                                    "them is expected"
                                  : "client_secret_file or certificate_file is missing");
    settings.audiences = {settings.client_id};
    if (const auto devices = host.config("device_client_ids"))
        for (const auto& id : nlohmann::json::parse(*devices)) {
            const auto client = guid(id.get<std::string>());
            if (!client) throw InvalidInput("device_client_ids must be GUIDs");
            settings.audiences.push_back(*client);
        }
    const std::string wanted = text(host, "cloud");
    const auto* cloud = std::find_if(std::begin(kClouds), std::end(kClouds), [&](const Cloud& c) {
        return c.name == (wanted.empty() ? "global" : wanted);
    });
    if (cloud == std::end(kClouds))
        throw InvalidInput("cloud must be global, us-government, us-government-dod or china");
    settings.login = origin(host, "login_endpoint", cloud->login);
    settings.graph = origin(host, "graph_endpoint", cloud->graph);
    settings.scope = std::string(cloud->graph) + "/.default";
    settings.expiration_minutes = expiration_minutes;
    return settings;
}

}  // namespace postbell::office365
