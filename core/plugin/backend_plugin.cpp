// SPDX-License-Identifier: Apache-2.0
#include "plugin/backend_plugin.h"

#include <algorithm>
#include <cstddef>

#include "plugin/text.h"

namespace postbell::plugin {
namespace {

constexpr std::size_t kMaxRoutes = 64;
constexpr std::size_t kMaxMethod = 16;
constexpr std::size_t kMaxSuffix = 128;
constexpr std::size_t kMaxStride = 4096;
constexpr std::size_t kMaxCallbackBytes = 4096;

bool isMethod(std::string_view text) {
    return !text.empty() && text.size() <= kMaxMethod &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool isSuffix(std::string_view text) {
    if (text.empty()) return true;
    return text.size() <= kMaxSuffix && text.size() > 1 && text.front() == '/' &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '/' || c == '-' || c == '_' || c == '.';
           });
}

/// Gathers what a plugin puts into a sink, up to a limit.
struct Gathered {
    std::string text;
    bool too_long = false;

    static void put(void* user, postbell_bytes bytes) noexcept {
        auto& self = *static_cast<Gathered*>(user);
        if (bytes.ptr == nullptr) return;
        self.too_long = self.too_long || bytes.len > kMaxCallbackBytes - self.text.size();
        try {
            if (!self.too_long)
                self.text.append(reinterpret_cast<const char*>(bytes.ptr), bytes.len);
        } catch (...) {
            self.too_long = true;
        }
    }
};

}  // namespace

BackendPlugin::BackendPlugin(const config::PluginSection& section, const PluginContext& context)
    : PluginInstance(section, context), routes_(askRoutes()), description_(askDescription()) {}

std::unique_ptr<BackendPlugin> BackendPlugin::open(const config::PluginSection& section,
                                                   const PluginContext& context) {
    return std::unique_ptr<BackendPlugin>(new BackendPlugin(section, context));
}

const postbell_backend_v0& BackendPlugin::table() const {
    return *static_cast<const postbell_backend_v0*>(descriptor().raw().table);
}

std::vector<Route> BackendPlugin::askRoutes() const {
    const InPlugin blame = calling("routes");
    std::size_t count = 0;
    const postbell_route* raw = table().routes(self(), &count);
    if (count > kMaxRoutes)
        refuse("it names " + std::to_string(count) + " routes, and at most " +
               std::to_string(kMaxRoutes) + " are accepted");
    if (count > 0 && raw == nullptr) refuse("it names routes, but gives none");
    std::vector<Route> routes;
    const std::size_t stride = count == 0 ? 0 : raw->size;
    if (count > 0 && (stride < sizeof(postbell_route) || stride > kMaxStride ||
                      stride % alignof(postbell_route) != 0))
        refuse("its routes have a size of " + std::to_string(stride) + " bytes each, and " +
               std::to_string(sizeof(postbell_route)) + " are expected");
    for (std::size_t i = 0; i < count; ++i) {
        const auto* bytes = reinterpret_cast<const std::byte*>(raw) + i * stride;
        Route route = checkedRoute(*reinterpret_cast<const postbell_route*>(bytes));
        const bool twice = std::any_of(routes.begin(), routes.end(), [&](const Route& other) {
            return other.tenant == route.tenant && other.method == route.method &&
                   other.suffix == route.suffix;
        });
        if (twice) refuse("it names the route " + route.method + " \"" + route.suffix + "\" twice");
        routes.push_back(std::move(route));
    }
    return routes;
}

Route BackendPlugin::checkedRoute(const postbell_route& raw) const {
    if (raw.callback != POSTBELL_CALLBACK_REGISTRATION && raw.callback != POSTBELL_CALLBACK_TENANT)
        refuse("a route of it is for callbacks of kind " + std::to_string(raw.callback) +
               ", and there are 1 and 2");
    if (!isMethod(view(raw.method)))
        refuse("a route of it has the method \"" + printable(view(raw.method), 32) +
               "\", which is no HTTP method in capital letters");
    if (!isSuffix(view(raw.suffix)))
        refuse("a route of it has the suffix \"" + printable(view(raw.suffix), 64) +
               "\", which is no \"/\" with letters, digits and -_./ behind it");
    return {raw.callback == POSTBELL_CALLBACK_TENANT, raw.needs_proof != 0,
            std::string(view(raw.method)), std::string(view(raw.suffix)), raw.max_body};
}

Description BackendPlugin::askDescription() const {
    Description description;
    Gathered gathered;
    const postbell_sink sink{sizeof sink, Gathered::put, &gathered};
    const InPlugin blame = calling("describe");
    require(table().describe(self(), &description.heartbeat_ms, &sink), "describe");
    if (gathered.too_long)
        refuse("what it tells the app is longer than " + std::to_string(kMaxCallbackBytes) +
               " bytes");
    if (gathered.text.empty()) gathered.text = "{}";
    const auto callback = nlohmann::json::parse(gathered.text, nullptr, false);
    if (!callback.is_object() || !isUtf8(gathered.text))
        refuse("what it tells the app is no JSON object");
    for (const char* key : {"url", "proof", "resubscribe_after_seconds"})
        if (callback.contains(key))
            refuse("what it tells the app has the member \"" + std::string(key) +
                   "\", which is the gateway's");
    description.callback = callback.dump();
    return description;
}

}  // namespace postbell::plugin
