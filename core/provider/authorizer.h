// SPDX-License-Identifier: Apache-2.0
// Gets the authorization that a credential presents with its requests, by an HTTP exchange where
// one is needed.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "plugin/authorization_keeper.h"
#include "provider/kept_answer.h"
#include "provider/open_credential.h"
#include "provider/session.h"
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
    using Authorized = Session::Authorized;
    struct Hooks {
        /// A pool to an origin, for the exchange that yields an authorization.
        std::function<std::unique_ptr<engine::Pool>(const std::string& origin, engine::AnswerSink&)>
            open_pool;
        std::function<void()> on_authorized;  ///< an exchange ended, or could not begin
        /// A new authorization, to be stored sealed.
        std::function<void(const store::StoredAuthorization&)> keep;
    };

    /// The references must outlive this. `stored`: the authorization from before a restart.
    Authorizer(OpenCredential& credential, Hooks hooks, store::StoredAuthorization stored,
               const util::Clock& clock);
    ~Authorizer();
    Authorizer(const Authorizer&) = delete;
    Authorizer& operator=(const Authorizer&) = delete;

    /// Asks the plugin if no authorization may be presented now, or it is time to renew. Not while
    /// an encoder has the credential.
    Authorized authorize();
    /// An encoder on another thread has the credential, or has done with it. The answer to an
    /// exchange that comes meanwhile is kept until then.
    void encoderBegins() { encoding_ = true; }
    void encoderDone();
    plugin::AuthorizationKeeper& keeper() { return keeper_; }
    const plugin::AuthorizationKeeper& keeper() const { return keeper_; }
    const store::StoredAuthorization& held() const { return held_; }
    /// Gives up an exchange that is under way: no hook is called any more.
    void retire();

  private:
    class Exchange;
    /// False: the network cannot be asked now.
    bool take(plugin::AuthorizationAnswer answer);
    bool begin(const plugin::HttpRequest& exchange);
    void exchanged(const engine::Answer& answer);
    void read(const engine::Answer& answer);

    OpenCredential& credential_;
    Hooks hooks_;
    const util::Clock& clock_;
    store::StoredAuthorization held_;
    plugin::AuthorizationKeeper keeper_;
    std::unique_ptr<Exchange> exchange_;
    bool encoding_ = false;
    std::optional<KeptAnswer> kept_;  // to an exchange that ended while a push was encoded
};

}  // namespace postbell::provider
