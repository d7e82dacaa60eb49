// SPDX-License-Identifier: Apache-2.0
// A credential in use: the authorization that it presents, and the pushes that it encodes.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "provider/authorizer.h"
#include "provider/open_credential.h"
#include "provider/provider.h"
#include "provider/push.h"
#include "store/records.h"
#include "util/clock.h"

namespace postbell::engine {
struct TlsIdentity;
}

namespace postbell::provider {

/// Made on any thread; from then on confined to the loop's, or to one that has it alone. Keeps the
/// provider's object open until its destruction.
class CredentialSession {
  public:
    using Authorized = Authorizer::Authorized;
    struct Hooks : Authorizer::Hooks {
        /// Runs work on the loop's thread; for encodeBesideLoop().
        std::function<void(std::function<void()> work)> post;
    };

    /// Throws std::runtime_error with a sentence if the provider does not open the credential.
    CredentialSession(const Provider& provider, store::Credential credential,
                      const std::string& app, Hooks hooks, const util::Clock& clock);
    /// Waits for a push that is being encoded, whose `done` is not called.
    ~CredentialSession();
    CredentialSession(const CredentialSession&) = delete;
    CredentialSession& operator=(const CredentialSession&) = delete;

    const store::Credential& credential() const { return credential_; }
    const Provider& provider() const { return provider_; }
    /// For mutual TLS; null: the credential is none.
    const std::shared_ptr<const engine::TlsIdentity>& identity() const { return identity_; }

    /// Gets an authorization if none may be presented now, or it is time to renew.
    Authorized authorize() { return authorizer_->authorize(); }
    /// The network refused the authorization: another is obtained as soon as the network allows it,
    /// and none is presented until then.
    void dropAuthorization() { authorizer_->keeper().drop(); }
    /// As dropAuthorization(), but the old authorization is presented until the new one is there.
    void renewAuthorization() { authorizer_->keeper().renewEarly(); }
    const store::StoredAuthorization& authorization() const { return authorizer_->held(); }
    /// The number of the authorization; rises with each new one.
    std::uint64_t authorizationNumber() const { return authorizer_->keeper().number(); }
    /// Why there is no authorization; empty: there is one.
    const std::string& problem() const { return authorizer_->keeper().problem(); }
    /// Before then no authorization is asked for; not set: no pause.
    util::SteadyTime retryAt() const { return authorizer_->keeper().retryAt(); }
    /// The credential was replaced: answers to pushes may still be classified, and no hook is
    /// called any more.
    void retire();

    /// The request for a push, or why there is none. The result, to which the caller may add
    /// headers, belongs to the session and is valid until the next call of any of these functions.
    /// Everything in it was checked, its origin included: it may be sent as it is.
    Encoded& encode(const Push& push);
    /// The outcome that an answer to a push means. Precondition: its `failure` is None.
    Outcome classify(const Push& push, const engine::Answer& answer);

    /// Encoding takes so long that it is done by a thread of the provider's: encodeBesideLoop() is
    /// to be called instead of encode().
    bool encodesBesideLoop() const { return provider_.encodesBesideLoop(); }
    /// A push is being encoded: the next one has to wait.
    bool encoding() const { return encoded_later_ != nullptr; }
    /// As encode(), with the result in `done`, later and on the loop's thread. The texts of `push`
    /// must live until then, and meanwhile the credential is the encoder's: authorize(), encode()
    /// and classify() may not be called. So the loop never waits for an encoder. Precondition:
    /// encodesBesideLoop() and not encoding().
    void encodeBesideLoop(const Push& push, std::function<void(Encoded&)> done);

  private:
    struct Work;
    void finishEncoding();

    const Provider& provider_;
    const util::Clock& clock_;
    store::Credential credential_;
    std::shared_ptr<const engine::TlsIdentity> identity_;
    std::unique_ptr<OpenCredential> opened_;
    std::unique_ptr<Authorizer> authorizer_;
    std::function<void(std::function<void()>)> post_;
    Encoded encoded_;                              // kept, so that its headers are allocated once
    std::string texts_;                            // of encoded_, where it was encoded beside
    std::shared_ptr<Work> work_;                   // shared with the thread that encodes
    std::function<void(Encoded&)> encoded_later_;  // null: nothing is being encoded
};

}  // namespace postbell::provider
