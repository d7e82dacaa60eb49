// SPDX-License-Identifier: Apache-2.0
// The C++17 face of the provider contract: derive from Provider and Credential, then export with
// POSTBELL_PROVIDER.
#pragma once
#include <memory>

#include "postbell/plugin.hpp"

namespace postbell {

/// A credential file as an admin uploaded it. Borrowed for the length of the call.
class CredentialFile {
  public:
    explicit CredentialFile(const postbell_credential_file& raw) noexcept : raw_(raw) {}
    std::string_view content() const noexcept { return view(raw_.content); }
    std::string_view password() const noexcept { return view(raw_.password); }
    /// The bundle id or package that the file is meant for.
    std::string_view app() const noexcept { return view(raw_.app); }
    /// "key-id", "team-id", ... ; empty if the admin did not give it.
    std::string_view setting(std::string_view name) const noexcept {
        return findHeader(raw_.settings, raw_.setting_count, name);
    }

  private:
    const postbell_credential_file& raw_;
};

/// The findings in a credential file; see postbell_credential_report.
struct CredentialReport {
    std::uint32_t flags = 0;
    std::string kind;
    std::string subject;
    std::string problem;  ///< empty if the credential is good
    std::vector<std::string> topics;
    std::int64_t valid_from_ms = 0;
    std::int64_t expires_ms = 0;
    /// With POSTBELL_CREDENTIAL_TLS_IDENTITY: key, certificate and chain as PEM, see there.
    std::string identity;
};

/// The findings about a device token; see postbell_token_check.
struct TokenCheck {
    std::string normal;   ///< empty: no token of this network
    std::string problem;  ///< a sentence for the app's developer where `normal` is empty
    std::string origin;   ///< with POSTBELL_DEVICES_NAME_ORIGIN: where pushes to it go
    std::int64_t expires_ms = 0;
};

/// One push to one device; see postbell_push. Borrowed for the length of the call.
class Push {
  public:
    explicit Push(const postbell_push& raw) noexcept : raw_(raw) {}
    std::uint32_t kind() const noexcept { return raw_.kind; }
    std::uint32_t style() const noexcept { return raw_.style; }
    std::uint32_t urgency() const noexcept { return raw_.urgency; }
    std::uint32_t environment() const noexcept { return raw_.environment; }
    std::string_view id() const noexcept { return view(raw_.id); }
    std::string_view token() const noexcept { return view(raw_.token); }
    std::string_view app() const noexcept { return view(raw_.app); }
    std::string_view platform() const noexcept { return view(raw_.platform); }
    std::string_view registration() const noexcept { return view(raw_.registration); }
    std::int32_t unread() const noexcept { return raw_.unread; }
    std::int32_t badge() const noexcept { return raw_.badge; }
    std::uint32_t attempt() const noexcept { return raw_.attempt; }
    std::int64_t expiresMs() const noexcept { return raw_.expires_ms; }
    /// The app's own setting `name`, as app_schema describes it; empty if the admin did not give
    /// it.
    std::string_view setting(std::string_view name) const noexcept {
        return findHeader(raw_.settings, raw_.setting_count, name);
    }

  private:
    const postbell_push& raw_;
};

/// The network's answer. status 0: there was none, and detail says why.
class Response {
  public:
    explicit Response(const postbell_response& raw) noexcept : raw_(raw) {}
    int status() const noexcept { return raw_.status; }
    std::string_view header(std::string_view name) const noexcept {
        return findHeader(raw_.headers, raw_.header_count, name);
    }
    std::string_view body() const noexcept { return view(raw_.body); }
    std::string_view detail() const noexcept { return view(raw_.detail); }

  private:
    const postbell_response& raw_;
};

/// A request to build. The glue keeps one for each credential and clears it before each call, so
/// that its buffers are reused; header texts must live as long as the Credential or point into
/// `scratch`.
struct HttpRequest {
    std::string_view method = "POST";
    std::string origin;  ///< "https://host:port"
    std::string path;
    std::vector<Header> headers;
    std::string body;
    std::string scratch;  ///< reserve before pointing into it

    void clear() {
        method = "POST";
        origin.clear();
        path.clear();
        headers.clear();
        body.clear();
        scratch.clear();
    }
};

/// See postbell_authorization.
struct Authorization {
    std::string name;  ///< of the header; empty: none is needed
    std::string value;
    std::int64_t renew_ms = 0;
    std::int64_t expires_ms = 0;
    std::int64_t not_renewed_before_ms = 0;
    std::unique_ptr<HttpRequest> exchange;  ///< do this first
    std::string problem;                    ///< not empty: refused, and this is why
    /// `problem` is not the credential's: there is no authorization now, and the host asks again.
    bool not_now = false;
    std::int64_t retry_after_ms = 0;  ///< with not_now: after so long; 0 leaves it to the host
};

enum class OutcomeResult : std::uint32_t {
    Delivered = POSTBELL_OUTCOME_DELIVERED,
    Retry = POSTBELL_OUTCOME_RETRY,
    TokenDead = POSTBELL_OUTCOME_TOKEN_DEAD,
    TokenForeign = POSTBELL_OUTCOME_TOKEN_FOREIGN,
    Credential = POSTBELL_OUTCOME_CREDENTIAL,
    Reauthorize = POSTBELL_OUTCOME_REAUTHORIZE,
    Rejected = POSTBELL_OUTCOME_REJECTED,
};
enum class RetryScope : std::uint32_t {
    Device = POSTBELL_SCOPE_DEVICE,
    Credential = POSTBELL_SCOPE_CREDENTIAL,
    Origin = POSTBELL_SCOPE_ORIGIN,
};

/// See postbell_outcome. The texts are literals or live until the next call on the credential.
struct Outcome {
    OutcomeResult result = OutcomeResult::Retry;
    RetryScope scope = RetryScope::Device;
    std::uint32_t flags = 0;
    std::int64_t retry_after_ms = 0;
    std::int64_t dead_since_ms = 0;
    std::string_view reason;
    std::string_view advice;
    std::int64_t backoff_ms = 0;
};

/// Thrown by Credential::request(): not now, the same push may be encoded later.
class NotNow : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// A credential in use. Its calls never overlap, but may come from any thread.
class Credential {
  public:
    virtual ~Credential() = default;
    virtual void authorize(std::int64_t now_ms, Authorization& out) = 0;
    virtual void authorized(const Response&, std::int64_t now_ms, Authorization& out) {
        (void)now_ms;
        out.problem = "this provider expects no answer to an authorization";
    }
    /// May throw: InvalidInput drops the push, NotNow keeps it for later, anything else counts as a
    /// defect and is tried again. The sentence goes to the log.
    virtual void request(const Push&, std::int64_t now_ms, HttpRequest& out) = 0;
    virtual void outcome(const Push&, const Response&, std::int64_t now_ms, Outcome& out) = 0;
};

/// The base of a vendor's provider. Its functions are called by several threads at once.
class Provider {
  public:
    virtual ~Provider() = default;
    /// The origins of this instance's requests: the network's own, or those of the config in their
    /// place. The same list for as long as the instance lives.
    virtual const std::vector<std::string>& origins() const = 0;
    /// The normal form must be a token of the same normal form.
    virtual TokenCheck checkToken(std::string_view token) const = 0;
    virtual CredentialReport inspect(const CredentialFile&, std::int64_t now_ms) const = 0;
    virtual std::unique_ptr<Credential> open(const CredentialFile&) const = 0;
    virtual void start() {}
    virtual void stop() {}
};

}  // namespace postbell

#include "postbell/provider_glue.hpp"

/// Exports `Class` (constructible from postbell::Host) as this library's provider. The rest: a
/// postbell::About{...}.
#define POSTBELL_PROVIDER(Class, ...)                                           \
    extern "C" POSTBELL_EXPORT const postbell_plugin postbell_plugin_v0;        \
    const postbell_plugin postbell_plugin_v0 =                                  \
        postbell::detail::descriptor<postbell::detail::ProviderInstance<Class>, \
                                     POSTBELL_KIND_PROVIDER>(                   \
            __VA_ARGS__, &postbell::detail::ProviderGlue<Class>::table)
