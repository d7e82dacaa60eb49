// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <exception>
#include <functional>
#include <string>
#include <utility>

#include "plugin/authorization.h"
#include "plugin/authorization_keeper.h"

namespace postbell::plugin {

/// Gets the authorization that the requests of a credential present: asks the plugin for it, and
/// has an exchange with the authorization server sent where the plugin wants one. Confined to one
/// thread.
class Authorizer {
  public:
    /// The plugin, and the way to the authorization server. Called from inside obtain() and
    /// exchanged().
    class Client {
      public:
        virtual ~Client() = default;
        /// The result of the plugin's authorize().
        virtual AuthorizationAnswer ask() = 0;
        /// Why no exchange may go to the origin, as a sentence; empty: one may.
        virtual std::string originBreach(const std::string& origin) const = 0;
        /// The end of the exchange comes later, as exchanged(). Throws std::exception with a
        /// sentence if the request cannot leave now.
        virtual void send(HttpRequest exchange) = 0;
    };
    enum class Result {
        Taken,    ///< keeper() knows the next step, or nothing had to be asked for
        NotNow,   ///< asked for again after a pause: keeper().problem() says why
        Useless,  ///< the same, and the plugin is to blame
    };

    /// The references outlive this. `stored`, `earlier`: the keeper's from before a restart.
    Authorizer(Client& client, const util::Clock& clock, Authorization stored = {},
               Authorization earlier = {})
        : client_(client), keeper_(clock, std::move(stored), std::move(earlier)) {}

    /// Asks the plugin if no authorization may be presented now, or it is time to renew.
    Result obtain();
    /// The exchange has ended. `read` asks the plugin for the meaning of that; if it throws,
    /// another authorization is asked for after a pause.
    Result exchanged(const std::function<AuthorizationAnswer()>& read);

    AuthorizationKeeper& keeper() { return keeper_; }
    const AuthorizationKeeper& keeper() const { return keeper_; }

  private:
    /// An authorization server that is asked again would give the same.
    enum class Source { Plugin, Exchange };
    Result take(AuthorizationAnswer answer, Source source);
    Result begin(HttpRequest exchange);
    Result failed(const std::exception& e);

    Client& client_;
    AuthorizationKeeper keeper_;
};

}  // namespace postbell::plugin
