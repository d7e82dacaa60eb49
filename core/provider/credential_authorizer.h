// SPDX-License-Identifier: Apache-2.0
// The authorization that a credential presents with its pushes.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "plugin/authorizer.h"
#include "provider/kept_answer.h"
#include "provider/open_credential.h"
#include "provider/session.h"
#include "store/records/records.h"
#include "util/clock.h"

namespace postbell::engine {
class AnswerSink;
class Pool;
}  // namespace postbell::engine

namespace postbell::provider {

/// Confined to the loop's thread.
class CredentialAuthorizer final : private plugin::Authorizer::Client {
  public:
    using Authorized = Session::Authorized;
    struct Hooks {
        /// A pool to an origin, for the exchange that yields an authorization.
        std::function<std::unique_ptr<engine::Pool>(const std::string& origin, engine::AnswerSink&)>
            open_pool;
        std::function<void()> on_authorized;  ///< an exchange ended, or could not begin
        /// A new authorization, to be stored sealed. Throws nothing. `kept` is to be called on the
        /// loop's thread, also when this is gone, once it is durable or the store takes too long.
        std::function<void(const store::StoredAuthorization&, std::function<void()> kept)> keep;
    };

    /// The references must outlive this. `stored`: the authorization from before a restart.
    CredentialAuthorizer(OpenCredential& credential, Hooks hooks, store::StoredAuthorization stored,
                         const util::Clock& clock);
    ~CredentialAuthorizer() override;
    CredentialAuthorizer(const CredentialAuthorizer&) = delete;
    CredentialAuthorizer& operator=(const CredentialAuthorizer&) = delete;

    /// Asks the plugin if no authorization may be presented now, or it is time to renew. Not while
    /// an encoder has the credential.
    Authorized authorize();
    /// An encoder on another thread has the credential, or has done with it. The answer to an
    /// exchange that comes meanwhile is kept until then.
    void encoderBegins() { encoding_ = true; }
    void encoderDone();
    plugin::AuthorizationKeeper& keeper() { return authorizer_.keeper(); }
    const plugin::AuthorizationKeeper& keeper() const { return authorizer_.keeper(); }
    const store::StoredAuthorization& held() const { return held_; }
    /// Gives up an exchange that is under way: no hook is called any more.
    void retire();

  private:
    class Exchange;

    plugin::AuthorizationAnswer ask() override;
    std::string originBreach(const std::string& origin) const override;
    void send(plugin::HttpRequest exchange) override;
    void exchanged(const engine::Answer& answer);
    /// `word`: gives the plugin's word on how an exchange ended.
    void ended(const std::function<plugin::AuthorizationAnswer()>& word);
    plugin::AuthorizationAnswer read(const engine::Answer& answer);
    /// `before`: the number of the authorization that was held before the plugin was asked.
    void keepNew(std::uint64_t before);
    /// A crash must not forget what the network resents to see renewed: it is durable before it is
    /// presented.
    bool isBeingKept() const { return being_kept_ && *being_kept_; }

    OpenCredential& credential_;
    Hooks hooks_;
    const util::Clock& clock_;
    store::StoredAuthorization held_;
    std::shared_ptr<bool> being_kept_;  // shared with who keeps it, and may be late
    plugin::Authorizer authorizer_;
    std::unique_ptr<Exchange> exchange_;
    bool encoding_ = false;
    std::optional<KeptAnswer> kept_;  // to an exchange that ended while a push was encoded
};

}  // namespace postbell::provider
