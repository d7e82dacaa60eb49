// SPDX-License-Identifier: Apache-2.0
// Gets the authorization that a credential presents with its requests, by an HTTP exchange where
// one is needed.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "plugin/authorization_keeper.h"
#include "provider/open_credential.h"
#include "store/records.h"
#include "util/clock.h"

namespace postbell::engine {
class AnswerSink;
class Pool;
}  // namespace postbell::engine

namespace postbell::provider {

/// Confined to the loop's thread.
class Authorizer {
  public:
    /// Whether a request may be sent now.
    enum class Authorized {
        Yes,
        Pending,  ///< not before retryAt(), or the end of an exchange
        Refused,  ///< see problem()
    };
    struct Hooks {
        /// A pool to an origin, for the exchange that yields an authorization.
        std::function<std::unique_ptr<engine::Pool>(const std::string& origin, engine::AnswerSink&)>
            open_pool;
        std::function<void()> on_authorized;  ///< an exchange ended, or was not possible
        /// A new authorization, to be stored sealed.
        std::function<void(const store::StoredAuthorization&)> keep;
    };

    /// The references must outlive this. `stored`: the authorization from before a restart.
    Authorizer(OpenCredential& credential, Hooks hooks, store::StoredAuthorization stored,
               const util::Clock& clock);
    ~Authorizer();
    Authorizer(const Authorizer&) = delete;
    Authorizer& operator=(const Authorizer&) = delete;

    /// Asks the plugin if no authorization may be presented now, or it is time to renew.
    Authorized authorize();
    plugin::AuthorizationKeeper& keeper() { return keeper_; }
    const plugin::AuthorizationKeeper& keeper() const { return keeper_; }
    const store::StoredAuthorization& held() const { return held_; }
    /// Gives up an exchange that is under way: no hook is called any more.
    void retire();

  private:
    class Exchange;
    void take(plugin::AuthorizationAnswer answer);
    void begin(const plugin::HttpRequest& exchange);
    void exchanged(const engine::Answer& answer);

    OpenCredential& credential_;
    Hooks hooks_;
    const util::Clock& clock_;
    store::StoredAuthorization held_;
    plugin::AuthorizationKeeper keeper_;
    std::unique_ptr<Exchange> exchange_;
};

}  // namespace postbell::provider
