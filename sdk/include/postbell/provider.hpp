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
    /// The bundle id or package that it is meant for.
    std::string_view app() const noexcept { return view(raw_.app); }
    /// "key-id", "team-id", ... ; empty if the admin did not give it.
    std::string_view setting(std::string_view name) const noexcept {
        return findHeader(raw_.settings, raw_.setting_count, name);
    }

  private:
    const postbell_credential_file& raw_;
};

/// What is in a credential; see postbell_credential_report.
struct CredentialReport {
    std::uint32_t flags = 0;
    std::string kind;
    std::string subject;
    std::string problem;  ///< empty if the credential is good
    std::vector<std::string> topics;
    std::int64_t valid_from_ms = 0;
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
    /// `problem` is not the credential's: it cannot be had now, and is asked for again.
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

/// A credential in use. Its calls never overlap.
class Credential {
  public:
    virtual ~Credential() = default;
    virtual void authorize(std::int64_t now_ms, Authorization& out) = 0;
    virtual void authorized(const Response&, std::int64_t now_ms, Authorization& out) {
        (void)now_ms;
        out.problem = "this provider expects no answer to an authorization";
    }
    virtual void request(const Push&, std::int64_t now_ms, HttpRequest& out) = 0;
    virtual void outcome(const Push&, const Response&, std::int64_t now_ms, Outcome& out) = 0;
};

/// What a vendor of a provider writes. Its own functions are called by several threads at once.
class Provider {
  public:
    virtual ~Provider() = default;
    /// Where this instance's requests go: the network's own, or what the config puts in their
    /// place.
    virtual const std::vector<std::string>& origins() const = 0;
    /// True and the token's normal form in `normal`, or false and a sentence in `problem`.
    virtual bool checkToken(std::string_view token, std::string& normal,
                            std::string& problem) const = 0;
    virtual CredentialReport inspect(const CredentialFile&, std::int64_t now_ms) const = 0;
    virtual std::unique_ptr<Credential> open(const CredentialFile&) const = 0;
    virtual void start() {}
    virtual void stop() {}
};

namespace detail {

/// A provider instance with its origins in the contract's form.
template <class T>
struct ProviderInstance : T {
    explicit ProviderInstance(Host host) : T(host) {
        for (const std::string& origin : T::origins()) origin_views.push_back(str(origin));
    }
    std::vector<postbell_str> origin_views;
};

/// An open credential and the storage for what its last call wrote.
struct OpenCredential {
    std::unique_ptr<Credential> credential;
    Authorization authorization;
    HttpRequest request;
    std::vector<postbell_header> headers;
    postbell_http_request exchange{};
};

inline void expose(const HttpRequest& request, std::vector<postbell_header>& headers,
                   postbell_http_request& out) {
    headers.clear();
    headers.reserve(request.headers.size());
    for (const Header& h : request.headers) headers.push_back({str(h.name), str(h.value), h.flags});
    out.method = str(request.method);
    out.origin = str(request.origin);
    out.path = str(request.path);
    out.headers = headers.data();
    out.header_count = headers.size();
    out.body = bytes(request.body);
}

inline void expose(OpenCredential& open, postbell_authorization& out) {
    const Authorization& from = open.authorization;
    out.header = {optionalStr(from.name), optionalStr(from.value), POSTBELL_HEADER_SECRET};
    out.renew_ms = from.renew_ms;
    out.expires_ms = from.expires_ms;
    out.not_renewed_before_ms = from.not_renewed_before_ms;
    out.problem = optionalStr(from.problem);
    out.retry_after_ms = from.retry_after_ms;
    out.exchange = nullptr;
    if (from.exchange) {
        open.exchange = {};
        open.exchange.size = sizeof open.exchange;
        expose(*from.exchange, open.headers, open.exchange);
        out.exchange = &open.exchange;
    }
}

template <class T>
struct ProviderGlue {
    using Self = ProviderInstance<T>;
    static Self& at(void* self) noexcept { return *static_cast<Self*>(self); }
    static OpenCredential& openAt(void* credential) noexcept {
        return *static_cast<OpenCredential*>(credential);
    }
    static const postbell_str* origins(void* self, std::size_t* count) noexcept {
        *count = at(self).origin_views.size();
        return at(self).origin_views.data();
    }
    static postbell_status checkToken(void* self, postbell_str token, const postbell_sink* normal,
                                      const postbell_sink* problem) noexcept {
        return guard([&] {
            std::string normal_form;
            std::string why;
            if (at(self).checkToken(view(token), normal_form, why)) {
                normal->put(normal->user, bytes(normal_form));
                return;
            }
            problem->put(problem->user, bytes(why));
            throw InvalidInput(why);
        });
    }
    static postbell_status inspect(
        void* self, const postbell_credential_file* file, std::int64_t now_ms,
        void (*report)(void*, const postbell_credential_report*) noexcept, void* user) noexcept {
        return guard([&] {
            const CredentialReport found = at(self).inspect(CredentialFile(*file), now_ms);
            std::vector<postbell_str> topics;
            for (const std::string& topic : found.topics) topics.push_back(str(topic));
            postbell_credential_report raw{};
            raw.size = sizeof raw;
            raw.flags = found.flags;
            raw.kind = str(found.kind);
            raw.subject = str(found.subject);
            raw.problem = optionalStr(found.problem);
            raw.topics = topics.data();
            raw.topic_count = topics.size();
            raw.valid_from_ms = found.valid_from_ms;
            raw.expires_ms = found.expires_ms;
            report(user, &raw);
        });
    }
    static postbell_status open(void* self, const postbell_credential_file* file,
                                void** credential) noexcept {
        return guard([&] {
            auto opened = std::make_unique<OpenCredential>();
            opened->credential = at(self).open(CredentialFile(*file));
            *credential = opened.release();
        });
    }
    static void close(void*, void* credential) noexcept {
        delete static_cast<OpenCredential*>(credential);
    }
    template <class Ask>
    static postbell_status authorization(void* credential, postbell_authorization* out,
                                         Ask&& ask) noexcept {
        OpenCredential& open = openAt(credential);
        const postbell_status status = guard([&] {
            open.authorization = {};
            ask(*open.credential, open.authorization);
            expose(open, *out);
        });
        return status == POSTBELL_OK && open.authorization.not_now ? POSTBELL_EAGAIN : status;
    }
    static postbell_status authorize(void*, void* credential, std::int64_t now_ms,
                                     postbell_authorization* out) noexcept {
        return authorization(credential, out, [&](Credential& asked, Authorization& answer) {
            asked.authorize(now_ms, answer);
        });
    }
    static postbell_status authorized(void*, void* credential, const postbell_response* response,
                                      std::int64_t now_ms, postbell_authorization* out) noexcept {
        return authorization(credential, out, [&](Credential& asked, Authorization& answer) {
            asked.authorized(Response(*response), now_ms, answer);
        });
    }
    static postbell_status request(void*, void* credential, const postbell_push* push,
                                   std::int64_t now_ms, postbell_http_request* out) noexcept {
        return guard([&] {
            OpenCredential& open = openAt(credential);
            open.request.clear();
            open.credential->request(Push(*push), now_ms, open.request);
            expose(open.request, open.headers, *out);
        });
    }
    static postbell_status outcome(void*, void* credential, const postbell_push* push,
                                   const postbell_response* response, std::int64_t now_ms,
                                   postbell_outcome* out) noexcept {
        return guard([&] {
            Outcome found;
            openAt(credential).credential->outcome(Push(*push), Response(*response), now_ms, found);
            out->result = static_cast<std::uint32_t>(found.result);
            out->scope = static_cast<std::uint32_t>(found.scope);
            out->flags = found.flags;
            out->retry_after_ms = found.retry_after_ms;
            out->dead_since_ms = found.dead_since_ms;
            out->reason = optionalStr(found.reason);
            out->advice = optionalStr(found.advice);
            out->backoff_ms = found.backoff_ms;
        });
    }
    static constexpr postbell_provider_v0 table{sizeof(postbell_provider_v0),
                                                origins,
                                                checkToken,
                                                inspect,
                                                open,
                                                close,
                                                authorize,
                                                authorized,
                                                request,
                                                outcome};
};

}  // namespace detail
}  // namespace postbell

/// Exports `Class` (constructible from postbell::Host) as this library's provider. The rest: a
/// postbell::About{...}.
#define POSTBELL_PROVIDER(Class, ...)                                           \
    extern "C" POSTBELL_EXPORT const postbell_plugin postbell_plugin_v0;        \
    const postbell_plugin postbell_plugin_v0 =                                  \
        postbell::detail::descriptor<postbell::detail::ProviderInstance<Class>, \
                                     POSTBELL_KIND_PROVIDER>(                   \
            __VA_ARGS__, &postbell::detail::ProviderGlue<Class>::table)
