// SPDX-License-Identifier: Apache-2.0
// A credential in use: the plugin's object for it, and what it presents with requests.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "engine/pool.h"
#include "provider/provider.h"
#include "provider/push.h"
#include "store/records.h"
#include "util/clock.h"

namespace postbell::provider {

/// Confined to the loop's thread. Keeps the provider's object open until its destruction.
class CredentialSession {
  public:
    /// Whether a request can be sent now.
    enum class Authorized {
        Yes,
        Pending,  ///< an exchange is under way: `onAuthorized` will be called
        Refused,  ///< see problem()
    };
    struct Hooks {
        /// A pool to an origin, for the exchange that yields an authorization.
        std::function<std::unique_ptr<engine::Pool>(const std::string& origin, engine::AnswerSink&)>
            open_pool;
        std::function<void()> on_authorized;  ///< an exchange ended, or nothing could be had
        std::function<void(const store::StoredAuthorization&)>
            keep;  ///< a new authorization, to be stored sealed
    };

    /// Throws std::runtime_error with a sentence if the provider does not open the credential.
    CredentialSession(const Provider& provider, store::Credential credential,
                      const std::string& app, Hooks hooks, const util::Clock& clock);
    ~CredentialSession();
    CredentialSession(const CredentialSession&) = delete;
    CredentialSession& operator=(const CredentialSession&) = delete;

    const store::Credential& credential() const { return credential_; }
    const Provider& provider() const { return provider_; }
    /// For mutual TLS; null: the credential is none.
    const std::shared_ptr<const engine::TlsIdentity>& identity() const { return identity_; }

    /// Gets an authorization if there is none that may be presented now, or it is time to renew.
    Authorized authorize();
    /// The network refused what was presented: the next authorize() gets a new one.
    void dropAuthorization() { authorization_ = {}; }
    const store::StoredAuthorization& authorization() const { return authorization_; }
    /// Why the last authorize() said Refused, or the last exchange failed.
    const std::string& problem() const { return problem_; }
    /// When an exchange that failed or was refused may be tried again, on the wall clock; 0: now.
    std::int64_t retryAtMs() const { return retry_at_ms_; }

    /// The request for a push, or why there is none. The result, to which the caller may add
    /// headers, belongs to the session and is valid until the next call of encode(), authorize() or
    /// classify(). Everything in it was checked, its origin included: it may be sent as it is.
    Encoded& encode(const Push& push);
    /// What the answer to a push means. Precondition: there is one (`failure` is None).
    Outcome classify(const Push& push, const engine::Answer& answer);

    /// The request for a push. What it points to is valid until the next call. False: the provider
    /// could not.
    bool request(const postbell_push& push, postbell_http_request& out);
    void outcome(const postbell_push& push, const engine::Answer& answer, postbell_outcome& out);

  private:
    class Exchange;
    Authorized take(const postbell_authorization& given);
    Authorized exchange(const postbell_http_request& request);
    Authorized refused(std::string why);
    void notNow(const postbell_authorization& given, std::string otherwise);
    void exchanged(const engine::Answer& answer);
    postbell_response response(const engine::Answer& answer);
    std::string originBreach(std::string_view origin);
    Encoded& defect(std::string breach);

    const Provider& provider_;
    const postbell_provider_v0& table_;
    store::Credential credential_;
    Hooks hooks_;
    const util::Clock& clock_;
    void* opened_ = nullptr;
    std::shared_ptr<const engine::TlsIdentity> identity_;
    store::StoredAuthorization authorization_;
    bool presents_nothing_ = false;  // a TLS identity
    std::string problem_;
    bool refused_ = false;  // by the last answer, until the next try: not only "not now"
    std::int64_t retry_at_ms_ = 0;
    std::uint32_t exchange_failures_ = 0;
    std::unique_ptr<Exchange> exchange_;
    std::vector<postbell_header> response_headers_;
    Encoded encoded_;             // kept, so that its headers are allocated once
    std::string checked_origin_;  // the last one that may be used
};

}  // namespace postbell::provider
