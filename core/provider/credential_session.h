// SPDX-License-Identifier: Apache-2.0
// A credential in use: the authorization that it presents, and the pushes that it encodes.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "provider/credential_authorizer.h"
#include "provider/open_credential.h"
#include "provider/provider.h"
#include "provider/push.h"
#include "provider/session.h"
#include "store/records/records.h"
#include "util/clock.h"

namespace postbell::provider {

/// Made on any thread; from then on confined to the loop's, or to one that has it alone. Keeps the
/// provider's object open until its destruction.
class CredentialSession final : public Session {
  public:
    struct Hooks : CredentialAuthorizer::Hooks {
        /// Runs work on the loop's thread; for encodeBesideLoop().
        std::function<void(std::function<void()> work)> post;
    };

    /// Throws std::runtime_error with a sentence if the provider does not open the credential, or
    /// its TLS identity cannot be presented.
    CredentialSession(const Provider& provider, store::Credential credential,
                      const std::string& app, Hooks hooks, const util::Clock& clock);
    /// Waits for a push that is being encoded, whose `done` is not called.
    ~CredentialSession() override;
    CredentialSession(const CredentialSession&) = delete;
    CredentialSession& operator=(const CredentialSession&) = delete;

    Authorized authorize() override { return authorizer_->authorize(); }
    void dropAuthorization() override { authorizer_->keeper().drop(); }
    void renewAuthorization() override { authorizer_->keeper().renewEarly(); }
    const store::StoredAuthorization& authorization() const override { return authorizer_->held(); }
    std::uint64_t authorizationNumber() const override { return authorizer_->keeper().number(); }
    const std::string& problem() const override { return authorizer_->keeper().problem(); }
    util::SteadyTime retryAt() const override { return authorizer_->keeper().retryAt(); }
    std::shared_ptr<const engine::TlsIdentity> identity() const override { return identity_; }
    /// Everything in the result was checked, its origin included: it may be sent as it is.
    Encoded& encode(const Push& push) override;
    Outcome classify(const Push& push, const engine::Answer& answer) override;
    bool encodesBesideLoop() const override { return provider_.encodesBesideLoop(); }
    void encodeBesideLoop(const Push& push, std::function<void(Encoded&)> done) override;
    void retire() override { authorizer_->retire(); }

  private:
    struct Work;
    void finishEncoding();

    const Provider& provider_;
    const util::Clock& clock_;
    store::Credential credential_;
    std::shared_ptr<const engine::TlsIdentity> identity_;
    std::unique_ptr<OpenCredential> opened_;
    std::unique_ptr<CredentialAuthorizer> authorizer_;
    std::function<void(std::function<void()>)> post_;
    Encoded encoded_;                              // kept, so that its headers are allocated once
    std::string texts_;                            // of encoded_, where it was encoded beside
    std::shared_ptr<Work> work_;                   // shared with the thread that encodes
    std::function<void(Encoded&)> encoded_later_;  // null: nothing is being encoded
};

}  // namespace postbell::provider
