// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "plugin/plugin_instance.h"

namespace postbell::plugin {

/// What a backend answers. The index in routes() is what the request says as `route`.
struct Route {
    bool tenant = false;  ///< the path ends in a tenant's token, not in a registration's
    bool needs_proof = false;
    std::string method;
    std::string suffix;          ///< empty, or "/..." after the token
    std::uint32_t max_body = 0;  ///< 0: the listener's limit
};

/// What a backend says of its instance.
struct Description {
    std::uint32_t heartbeat_ms = 0;  ///< 0: silence means nothing
    std::string callback;  ///< a JSON object: members that the app gets beside the URL; "{}" if
                           ///< there are none
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

  private:
    BackendPlugin(const config::PluginSection& section, const PluginContext& context);
    std::vector<Route> askRoutes() const;
    Route checkedRoute(const postbell_route& raw) const;
    Description askDescription() const;

    std::vector<Route> routes_;
    Description description_;
};

}  // namespace postbell::plugin
