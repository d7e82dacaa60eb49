// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "plugin/plugin_instance.h"
#include "util/time.h"

namespace postbell::plugin {

/// A kind of requests that a backend answers. Its index in routes() is `route` of a request.
struct Route {
    bool tenant = false;  ///< for tenants' callbacks, not for registrations'
    bool needs_proof = false;
    bool needs_secret = false;  ///< tenant: no callback without a secret
    std::string method;
    std::string suffix;          ///< empty, or "/..." after the token
    std::uint32_t max_body = 0;  ///< 0: the listener's limit
};

/// A backend's description of its instance.
struct Description {
    util::Milliseconds heartbeat{0};  ///< zero: silence means nothing
    /// A JSON object whose members the app gets beside the URL.
    std::string callback;
};

/// An instance of a backend. routes() and describe() are asked once, when it is opened.
class BackendPlugin : public PluginInstance {
  public:
    /// Throws PluginError, or ConfigError for a section that the plugin's schema does not accept.
    static std::unique_ptr<BackendPlugin> open(const config::PluginSection& section,
                                               const PluginContext& context);

    const postbell_backend_v0& table() const;
    const std::vector<Route>& routes() const { return routes_; }
    const Description& describe() const { return description_; }
    /// The extension for managed subscriptions; null: the plugin has none, or it was not granted
    /// "outbound".
    const postbell_managed_v0* managed() const { return managed_; }
    /// Whether requests of managed tasks may go to the origin: the plugin named it when it was
    /// opened, or the section's allowed_origins have it. Thread-safe.
    bool allows(std::string_view origin) const;
    const std::vector<std::string>& origins() const { return origins_; }
    /// The canonical form of a folder's id that an app reported; empty: the id has none.
    /// Thread-safe.
    std::string canonicalFolder(std::string_view id) const;

  private:
    BackendPlugin(const config::PluginSection& section, const PluginContext& context);
    std::vector<Route> askRoutes() const;
    Route checkedRoute(const postbell_route& raw) const;
    Description askDescription() const;
    const postbell_managed_v0* askManaged() const;
    std::vector<std::string> askOrigins() const;

    std::vector<Route> routes_;
    Description description_;
    const postbell_managed_v0* managed_;
    std::vector<std::string> origins_;
    std::vector<std::string> allowed_;
};

}  // namespace postbell::plugin
