// SPDX-License-Identifier: Apache-2.0
// The routes of an instance for a request: a pure function of method, path and size.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "plugin/backend_plugin.h"

namespace postbell::backend {

/// "/{instance}/{token}{suffix}", taken apart.
struct CallbackPath {
    std::string_view instance, token, suffix;
};
std::optional<CallbackPath> parsePath(std::string_view path);

/// The hash of a path's token, which may be percent-encoded. Nothing: no callback ever had such a
/// token, so that the path is wrong, and no subscription has ended.
std::optional<std::string> tokenHash(std::string_view token);

/// An instance's routes. Immutable, so thread-safe.
class RouteTable {
  public:
    /// A route that fits: its place in the plugin's list, and its demand on events.
    struct Chosen {
        std::uint32_t index = 0;
        bool needs_proof = false;
        bool needs_secret = false;
    };
    /// The routes for either kind of callback: only the store knows the kind of a token.
    struct Match {
        std::optional<Chosen> registration, tenant;
    };
    struct Refusal {
        int status = 404;
        const char* title = "";
        std::string allowed;  ///< of a 405: the methods that are allowed
    };

    explicit RouteTable(const std::vector<plugin::Route>& routes) : routes_(routes) {}

    std::variant<Match, Refusal> find(std::string_view method, std::string_view suffix,
                                      std::size_t body_bytes) const;
    /// Apps are given a callback only where a route for registrations exists.
    bool hasRegistrationRoutes() const;
    bool hasTenantRoutes() const;
    /// No callback of a whole mail server is made without a secret.
    bool tenantsNeedSecret() const;

  private:
    std::vector<plugin::Route> routes_;
};

}  // namespace postbell::backend
