// SPDX-License-Identifier: Apache-2.0
// Between the C++ face of a provider and the contract's table. Included by provider.hpp.
#pragma once
#include <cstring>

#include "postbell/provider.hpp"

namespace postbell {

namespace detail {

/// A provider instance with its origins in the contract's form.
template <class T>
struct ProviderInstance {
    explicit ProviderInstance(Host given) : host(given), provider(given) {
        for (const std::string& origin : provider.origins()) origin_views.push_back(str(origin));
    }
    void start() { provider.start(); }
    void stop() { provider.stop(); }
    const Host host;
    T provider;
    std::vector<postbell_str> origin_views;
};

/// An open credential, and the storage of its last call's texts.
struct OpenCredential {
    std::unique_ptr<Credential> credential;
    Authorization authorization;
    HttpRequest request;
    std::vector<postbell_header> headers;
    postbell_http_request exchange{};
    std::string problem;  // of the last request()

    void sayWhy(std::string_view why) noexcept {
        try {
            problem = why;
        } catch (const std::bad_alloc&) {  // told without its reason
        }
    }
};

inline void expose(const HttpRequest& request, std::vector<postbell_header>& headers,
                   postbell_http_request* out) {
    headers.clear();
    headers.reserve(request.headers.size());
    for (const Header& h : request.headers) headers.push_back({str(h.name), str(h.value), h.flags});
    POSTBELL_SET(out, method, str(request.method));
    POSTBELL_SET(out, origin, str(request.origin));
    POSTBELL_SET(out, path, str(request.path));
    POSTBELL_SET(out, headers, headers.data());
    POSTBELL_SET(out, header_count, headers.size());
    POSTBELL_SET(out, body, bytes(request.body));
}

/// A request inside of another struct: the plugin's own memory.
inline const postbell_http_request* exposed(const HttpRequest& request,
                                            std::vector<postbell_header>& headers,
                                            postbell_http_request& storage) {
    storage = {};
    storage.size = sizeof storage;
    expose(request, headers, &storage);
    return &storage;
}

inline void expose(OpenCredential& open, postbell_authorization* out) {
    const Authorization& from = open.authorization;
    postbell_header header;
    std::memset(&header, 0, sizeof header);  // its padding crosses the contract as well
    header.name = optionalStr(from.name);
    header.value = optionalStr(from.value);
    header.flags = POSTBELL_HEADER_SECRET;
    POSTBELL_SET(out, header, header);
    POSTBELL_SET(out, renew_ms, from.renew_ms);
    POSTBELL_SET(out, expires_ms, from.expires_ms);
    POSTBELL_SET(out, not_renewed_before_ms, from.not_renewed_before_ms);
    POSTBELL_SET(out, problem, optionalStr(from.problem));
    POSTBELL_SET(out, retry_after_ms, from.retry_after_ms);
    if (from.exchange)
        POSTBELL_SET(out, exchange, exposed(*from.exchange, open.headers, open.exchange));
}

/// Asks for an authorization: authorize() or authorized(), of a credential or of managed
/// subscriptions.
template <class Ask>
postbell_status authorization(OpenCredential& open, postbell_authorization* out,
                              Ask&& ask) noexcept {
    const postbell_status status = guard(
        [&] {
            open.authorization = {};
            ask(open.authorization);
            expose(open, out);
        },
        [&](std::string_view why) noexcept {
            open.sayWhy(why);
            POSTBELL_SET(out, problem, optionalStr(open.problem));
        });
    return status == POSTBELL_OK && open.authorization.not_now ? POSTBELL_EAGAIN : status;
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
    static postbell_status checkToken(void* self, postbell_str token,
                                      void (*report)(void*, const postbell_token_check*) noexcept,
                                      void* user) noexcept {
        const auto tell = [&](const TokenCheck& found) {
            postbell_token_check raw{};
            raw.size = sizeof raw;
            raw.normal = optionalStr(found.normal);
            raw.problem = optionalStr(found.problem);
            raw.origin = optionalStr(found.origin);
            raw.expires_ms = found.expires_ms;
            report(user, &raw);
        };
        const auto refuse = [&](std::string_view why) noexcept {
            postbell_token_check raw{};
            raw.size = sizeof raw;
            raw.problem = optionalStr(why);
            report(user, &raw);
        };
        return guard(
            [&] {
                try {
                    tell(at(self).provider.checkToken(view(token)));
                } catch (const InvalidInput& e) {  // a finding like any other
                    refuse(e.what());
                }
            },
            refuse);
    }
    static postbell_status inspect(
        void* self, const postbell_credential_file* file, std::int64_t now_ms,
        void (*report)(void*, const postbell_credential_report*) noexcept, void* user) noexcept {
        return guard(
            [&] {
                const CredentialReport found =
                    at(self).provider.inspect(CredentialFile(*file), now_ms);
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
                if (!found.identity.empty()) raw.identity = bytes(found.identity);
                report(user, &raw);
            },
            [&](std::string_view why) noexcept {
                postbell_credential_report raw{};
                raw.size = sizeof raw;
                raw.problem = optionalStr(why);
                report(user, &raw);
            });
    }
    static postbell_status open(void* self, const postbell_credential_file* file,
                                void** credential) noexcept {
        // The contract has no place for a sentence here: it goes to the log.
        return Instance<Self>::told(self, [&] {
            auto opened = std::make_unique<OpenCredential>();
            opened->credential = at(self).provider.open(CredentialFile(*file));
            if (!opened->credential) throw InvalidInput("the provider opened no credential");
            *credential = opened.release();
        });
    }
    static void close(void*, void* credential) noexcept {
        delete static_cast<OpenCredential*>(credential);
    }
    static postbell_status authorize(void*, void* credential, std::int64_t now_ms,
                                     postbell_authorization* out) noexcept {
        OpenCredential& open = openAt(credential);
        return authorization(
            open, out, [&](Authorization& answer) { open.credential->authorize(now_ms, answer); });
    }
    static postbell_status authorized(void*, void* credential, const postbell_response* response,
                                      std::int64_t now_ms, postbell_authorization* out) noexcept {
        OpenCredential& open = openAt(credential);
        return authorization(open, out, [&](Authorization& answer) {
            open.credential->authorized(Response(*response), now_ms, answer);
        });
    }
    static postbell_status request(void*, void* credential, const postbell_push* push,
                                   std::int64_t now_ms, postbell_http_request* out) noexcept {
        OpenCredential& open = openAt(credential);
        const auto say = [&](std::string_view why) noexcept {
            open.sayWhy(why);
            POSTBELL_SET(out, problem, optionalStr(open.problem));
        };
        bool not_now = false;
        const postbell_status status = guard(
            [&] {
                open.request.clear();
                try {
                    open.credential->request(Push(*push), now_ms, open.request);
                } catch (const NotNow& e) {
                    not_now = true;
                    return say(e.what());
                }
                expose(open.request, open.headers, out);
            },
            say);
        return not_now ? POSTBELL_EAGAIN : status;
    }
    static postbell_status outcome(void*, void* credential, const postbell_push* push,
                                   const postbell_response* response, std::int64_t now_ms,
                                   postbell_outcome* out) noexcept {
        OpenCredential& open = openAt(credential);
        const auto say = [&](std::string_view why) noexcept {
            open.sayWhy(why);
            POSTBELL_SET(out, advice, optionalStr(open.problem));
        };
        return guard(
            [&] {
                Outcome found;
                open.credential->outcome(Push(*push), Response(*response), now_ms, found);
                POSTBELL_SET(out, result, static_cast<std::uint32_t>(found.result));
                POSTBELL_SET(out, scope, static_cast<std::uint32_t>(found.scope));
                POSTBELL_SET(out, flags, found.flags);
                POSTBELL_SET(out, retry_after_ms, found.retry_after_ms);
                POSTBELL_SET(out, dead_since_ms, found.dead_since_ms);
                POSTBELL_SET(out, reason, optionalStr(found.reason));
                POSTBELL_SET(out, advice, optionalStr(found.advice));
                POSTBELL_SET(out, backoff_ms, found.backoff_ms);
            },
            say);
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
