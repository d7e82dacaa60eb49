// SPDX-License-Identifier: Apache-2.0
#include "plugin/backend_plugin.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <new>
#include <utility>

#include "plugin/origin.h"
#include "plugin/text.h"
#include "plugin/timed_call.h"
#include "util/printable.h"

namespace postbell::plugin {
namespace {

constexpr std::size_t kMaxMethod = 16;
constexpr std::size_t kMaxSuffix = 128;
constexpr std::size_t kMaxStride = 4096;

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

/// The form that folder() puts.
struct PutFolder {
    std::string canonical;
    unsigned puts = 0;
    bool too_long = false;

    static void put(void* user, postbell_bytes bytes) noexcept {
        PutFolder& folder = *static_cast<PutFolder*>(user);
        ++folder.puts;
        folder.too_long = !fits(bytes, POSTBELL_MAX_FOLDER_BYTES);
        if (bytes.ptr == nullptr || folder.too_long) return;
        try {
            folder.canonical = view(bytes);
        } catch (const std::bad_alloc&) {  // the id is compared as it is
        }
    }
    /// Empty: none.
    std::string breach(postbell_status status) const {
        if (status < 0) return "folder() failed with " + statusName(status);
        if (puts == 0) return "folder() succeeded and put nothing";
        if (puts > 1) return "folder() put " + std::to_string(puts) + " forms of one folder";
        if (too_long)
            return "folder() put more than " + std::to_string(POSTBELL_MAX_FOLDER_BYTES) + " bytes";
        return {};
    }
};

}  // namespace

BackendPlugin::BackendPlugin(const config::PluginSection& section, const PluginContext& context)
    : PluginInstance(section, context),
      routes_(askRoutes()),
      description_(askDescription()),
      managed_(askManaged()),
      origins_(askOrigins()),
      allowed_(section.allowed_origins) {
    allowed_.insert(allowed_.end(), origins_.begin(), origins_.end());
}

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
    if (count > POSTBELL_MAX_ROUTES)
        refuse("it names " + std::to_string(count) + " routes, and at most " +
               std::to_string(POSTBELL_MAX_ROUTES) + " are accepted");
    if (count > 0 && raw == nullptr) refuse("it names routes, but gives none");
    std::vector<Route> routes;
    const std::size_t stride = count == 0 ? 0 : raw->size;
    if (count > 0 && (stride < POSTBELL_ROUTE_V1_SIZE || stride > kMaxStride ||
                      stride % alignof(postbell_route) != 0))
        refuse("its routes have a size of " + std::to_string(stride) +
               " bytes each, and at least " + std::to_string(POSTBELL_ROUTE_V1_SIZE) +
               " are expected");
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
    if (!fits(raw.method, kMaxMethod) || !isMethod(view(raw.method)))
        refuse("a route of it has the method \"" + sentence(raw.method, 32) +
               "\", which is no HTTP method in capital letters");
    if (!fits(raw.suffix, kMaxSuffix) || !isSuffix(view(raw.suffix)))
        refuse("a route of it has the suffix \"" + sentence(raw.suffix, 64) +
               "\", which is no \"/\" with letters, digits and -_./ behind it");
    return {raw.callback == POSTBELL_CALLBACK_TENANT,
            raw.needs_proof != 0,
            raw.needs_secret != 0,
            std::string(view(raw.method)),
            std::string(view(raw.suffix)),
            raw.max_body};
}

Description BackendPlugin::askDescription() const {
    postbell_description raw{};
    raw.size = sizeof raw;
    const InPlugin blame = calling("describe");
    require(table().describe(self(), &raw), "describe");
    if (!fits(raw.callback, POSTBELL_MAX_CALLBACK_BYTES))
        refuse("its text for the app is longer than " +
               std::to_string(POSTBELL_MAX_CALLBACK_BYTES) + " bytes");
    const std::string_view members = view(raw.callback).empty() ? "{}" : view(raw.callback);
    const auto callback = nlohmann::json::parse(members, nullptr, false);
    if (!callback.is_object() || !util::isUtf8(members))
        refuse("its text for the app is no JSON object");
    for (const char* key : {"url", "proof", "resubscribe_after_seconds"})
        if (callback.contains(key))
            refuse("its text for the app has the member \"" + std::string(key) +
                   "\", which is the gateway's");
    return {util::Milliseconds(raw.heartbeat_ms), callback.dump()};
}

const postbell_managed_v0* BackendPlugin::askManaged() const {
    if (!granted(POSTBELL_NEEDS_OUTBOUND)) return nullptr;
    const InPlugin blame = calling("extension");
    const auto* table = static_cast<const postbell_managed_v0*>(
        descriptor().raw().extension(self(), POSTBELL_EXTENSION_MANAGED));
    if (table == nullptr) return nullptr;
    if (table->size < POSTBELL_MANAGED_V1_SIZE)
        refuse("its extension " POSTBELL_EXTENSION_MANAGED " has a table of " +
               std::to_string(table->size) + " bytes, and at least " +
               std::to_string(POSTBELL_MANAGED_V1_SIZE) + " are expected");
    if (table->origins == nullptr || table->authorize == nullptr || table->authorized == nullptr ||
        table->open == nullptr || table->step == nullptr || table->close == nullptr)
        refuse("its extension " POSTBELL_EXTENSION_MANAGED " lacks a function");
    return table;
}

std::vector<std::string> BackendPlugin::askOrigins() const {
    std::vector<std::string> origins;
    if (managed_ == nullptr) return origins;
    std::size_t count = 0;
    const InPlugin blame = calling("origins");
    const postbell_str* raw = managed_->origins(self(), &count);
    if (count == 0 || count > POSTBELL_MAX_ORIGINS || raw == nullptr)
        refuse("it names " + std::to_string(count) + " origins, and 1 to " +
               std::to_string(POSTBELL_MAX_ORIGINS) + " are accepted");
    for (std::size_t i = 0; i < count; ++i) {
        if (!fits(raw[i], POSTBELL_MAX_TEXT_BYTES))
            refuse("it names the origin " + sentence(raw[i]));
        const auto origin = managedOrigin(view(raw[i]));
        if (!origin) refuse("it names the origin " + wrongManagedOrigin(view(raw[i])));
        origins.push_back(*origin);
    }
    return origins;
}

std::string BackendPlugin::canonicalFolder(std::string_view id) const {
    const postbell_backend_v0* const known = &table();
    if (!POSTBELL_HAS(known, folder) || known->folder == nullptr) return {};
    PutFolder put;
    const postbell_sink sink{sizeof sink, PutFolder::put, &put};
    const TimedCall call(*this, "folder");
    const postbell_status status = known->folder(self(), {id.data(), id.size()}, &sink);
    if (status == POSTBELL_ENOTFOUND) return {};
    const std::string breach = put.breach(status);
    if (breach.empty()) return std::move(put.canonical);
    complain("folder", breach);
    return {};
}

bool BackendPlugin::allows(std::string_view origin) const {
    const auto normal = managedOrigin(origin);
    return normal && std::find(allowed_.begin(), allowed_.end(), *normal) != allowed_.end();
}

}  // namespace postbell::plugin
