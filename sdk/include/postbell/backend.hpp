// SPDX-License-Identifier: Apache-2.0
// The C++17 face of the backend contract: derive from Backend, then export it with
// POSTBELL_BACKEND.
#pragma once
#include "postbell/managed.hpp"
#include "postbell/plugin.hpp"

namespace postbell {

/// One HTTP request on a callback. Everything it gives is borrowed until handle() returns.
class Request {
  public:
    explicit Request(const postbell_request& raw) noexcept : raw_(raw) {}
    /// Index into routes().
    std::uint32_t route() const noexcept { return raw_.route; }
    /// False: the token is unknown or withdrawn; answer as the protocol ends a subscription.
    bool known() const noexcept { return raw_.known != 0; }
    std::string_view method() const noexcept { return view(raw_.method); }
    /// Undecoded, without '?'.
    std::string_view query() const noexcept { return view(raw_.query); }
    std::string_view peer() const noexcept { return view(raw_.peer); }
    /// A tenant callback's own secret; empty if there is none.
    std::string_view callbackSecret() const noexcept { return view(raw_.callback_secret); }
    /// `name` in lower case; empty if there is none.
    std::string_view header(std::string_view name) const noexcept {
        return findHeader(raw_.headers, raw_.header_count, name);
    }
    std::string_view body() const noexcept { return view(raw_.body); }

  private:
    const postbell_request& raw_;
};

enum class MailKind : std::uint32_t {
    New = POSTBELL_MAIL_NEW,
    Count = POSTBELL_MAIL_COUNT,
    Heard = POSTBELL_MAIL_HEARD,
    Lost = POSTBELL_MAIL_LOST,
    Renew = POSTBELL_MAIL_RENEW,
    Ended = POSTBELL_MAIL_ENDED,
};

/// See postbell_mail_event. Empty text means absent.
struct MailEvent {
    MailKind kind = MailKind::Heard;
    std::string_view subscription;
    std::string_view account;
    std::string_view proof;
    std::string_view folder;
    std::string_view dedup_key;
    std::int64_t occurred_ms = 0;
    std::int32_t unread = -1;
    std::string_view canonical_folder = {};
    std::int64_t retry_after_ms = 0;
};

enum class Staged { Accepted, NobodySubscribed, WrongProof };
enum class Noted { Accepted, NobodySubscribed, Refused };  ///< Refused: empty, or too long

/// Takes a backend's events and its answer. Dies with handle().
class Reply {
  public:
    explicit Reply(postbell_reply& raw) noexcept : raw_(raw) {}

    /// Stages an event; the host commits it before the answer goes out. Throws on an event that
    /// breaks the contract.
    [[nodiscard]] Staged event(const MailEvent& e) {
        postbell_mail_event raw{};
        raw.size = sizeof raw;
        raw.kind = static_cast<std::uint32_t>(e.kind);
        raw.subscription = optionalStr(e.subscription);
        raw.account = optionalStr(e.account);
        raw.proof = optionalStr(e.proof);
        raw.folder = optionalStr(e.folder);
        raw.dedup_key = optionalStr(e.dedup_key);
        raw.occurred_ms = e.occurred_ms;
        raw.unread = e.unread;
        raw.canonical_folder = optionalStr(e.canonical_folder);
        raw.retry_after_ms = e.retry_after_ms;
        const postbell_status status = raw_.event(&raw_, &raw);
        if (status == POSTBELL_ENOTFOUND) return Staged::NobodySubscribed;
        if (status == POSTBELL_EDENIED) return Staged::WrongProof;
        check(status);
        return Staged::Accepted;
    }

    /// A text for the subscriber, of 1 to POSTBELL_MAX_NOTE_BYTES; see postbell_reply.
    /// Refused: it is empty or longer.
    [[nodiscard]] Noted note(std::string_view text) {
        const postbell_status status = raw_.note(&raw_, str(text));
        if (status == POSTBELL_ENOTFOUND) return Noted::NobodySubscribed;
        return status < 0 ? Noted::Refused : Noted::Accepted;
    }

    /// A sentence on the fault of this message, for the gateway's log. The text of an exception
    /// that leaves handle() goes there by itself.
    void problem(std::string_view sentence) noexcept {
        const postbell_reply* host = &raw_;
        if (POSTBELL_HAS(host, problem)) (void)raw_.problem(&raw_, str(sentence));
    }

    void respond(int status, const std::vector<Header>& headers, std::string_view body) {
        std::vector<postbell_header> raw;
        raw.reserve(headers.size());
        for (const Header& h : headers) raw.push_back({str(h.name), str(h.value), h.flags});
        check(raw_.respond(&raw_, status, raw.data(), raw.size(), bytes(body)));
    }
    void respond(int status, std::string_view content_type, std::string_view body) {
        const postbell_header header{str("content-type"), str(content_type), 0};
        check(raw_.respond(&raw_, status, &header, 1, bytes(body)));
    }
    void respond(int status) { check(raw_.respond(&raw_, status, nullptr, 0, bytes({}))); }

  private:
    static void check(postbell_status status) {
        if (status < 0) throw std::runtime_error("the host refused what the backend staged");
    }
    postbell_reply& raw_;
};

/// The base of a vendor's backend. handle() is called by several threads at once.
class Backend {
  public:
    virtual ~Backend() = default;
    virtual const std::vector<postbell_route>& routes() const = 0;
    /// May throw: InvalidInput becomes 400, anything else 503; the sentence goes to the log.
    virtual void handle(const Request&, Reply&) = 0;
    /// Returns the longest silence of a live subscription in milliseconds, 0 for none; `callback`
    /// may be filled with a JSON object for the app.
    virtual std::uint32_t describe(std::string& callback) const {
        (void)callback;
        return 0;
    }
    /// The one form of all spellings in which the server may write this folder's id, for MailEvent
    /// as well; empty: the id has none, and is compared as it is.
    virtual std::string canonicalFolder(std::string_view id) const {
        (void)id;
        return {};
    }
    /// Not null: the gateway may hold subscriptions itself, through this. The same for as long as
    /// the instance lives, which owns it.
    virtual Managed* managed() { return nullptr; }
    virtual void start() {}
    virtual void stop() {}
};

/// A route on a registration's callback, of method `method` and nothing behind the token.
inline postbell_route registrationRoute(std::string_view method,
                                        std::uint32_t max_body = 0) noexcept {
    postbell_route route{};
    route.size = sizeof route;
    route.callback = POSTBELL_CALLBACK_REGISTRATION;
    route.method = str(method);
    route.max_body = max_body;
    return route;
}

/// The same on a tenant's callback. `needs_secret`: no such callback is made without a secret.
inline postbell_route tenantRoute(std::string_view method, bool needs_secret = false,
                                  std::uint32_t max_body = 0) noexcept {
    postbell_route route = registrationRoute(method, max_body);
    route.callback = POSTBELL_CALLBACK_TENANT;
    route.needs_secret = needs_secret ? 1 : 0;
    return route;
}

namespace detail {

/// A backend instance, and its description in the contract's form.
template <class T>
struct BackendInstance {
    explicit BackendInstance(Host given) : host(given), backend(given) {}
    void start() { backend.start(); }
    void stop() { backend.stop(); }
    Managed* managed() { return backend.managed(); }
    const Host host;
    T backend;
    std::string callback;
};

template <class T>
struct BackendGlue {
    using Self = BackendInstance<T>;
    static Self& at(void* self) noexcept { return *static_cast<Self*>(self); }
    static postbell_status describe(void* self, postbell_description* out) noexcept {
        return Instance<Self>::told(self, [&] {
            std::string& callback = at(self).callback;
            callback.clear();
            const std::uint32_t heartbeat_ms = at(self).backend.describe(callback);
            POSTBELL_SET(out, heartbeat_ms, heartbeat_ms);
            POSTBELL_SET(out, callback, optionalStr(callback));
        });
    }
    static const postbell_route* routes(void* self, std::size_t* count) noexcept {
        const std::vector<postbell_route>& routes = at(self).backend.routes();
        *count = routes.size();
        return routes.data();
    }
    static postbell_status handle(void* self, const postbell_request* request,
                                  postbell_reply* raw) noexcept {
        Reply reply(*raw);
        return guard([&] { at(self).backend.handle(Request(*request), reply); },
                     [&](std::string_view why) noexcept { reply.problem(why); });
    }
    static postbell_status folder(void* self, postbell_str id, const postbell_sink* sink) noexcept {
        bool found = false;
        const postbell_status status = Instance<Self>::told(self, [&] {
            const std::string canonical = at(self).backend.canonicalFolder(view(id));
            found = !canonical.empty();
            if (found) sink->put(sink->user, bytes(canonical));
        });
        return status < 0 || found ? status : POSTBELL_ENOTFOUND;
    }
    static const void* extension(void* self, const char* id) noexcept {
        const bool asked = id != nullptr && std::string_view(id) == POSTBELL_EXTENSION_MANAGED;
        return asked && at(self).managed() != nullptr ? &ManagedGlue<Self>::table : nullptr;
    }
    static constexpr postbell_backend_v0 table{sizeof(postbell_backend_v0), describe, routes,
                                               handle, folder};
};

}  // namespace detail
}  // namespace postbell

/// Exports `Class` (constructible from postbell::Host) as this library's backend. `about`: a
/// postbell::About{...}.
#define POSTBELL_BACKEND(Class, ...)                                           \
    extern "C" POSTBELL_EXPORT const postbell_plugin postbell_plugin_v0;       \
    const postbell_plugin postbell_plugin_v0 =                                 \
        postbell::detail::descriptor<postbell::detail::BackendInstance<Class>, \
                                     POSTBELL_KIND_BACKEND>(                   \
            __VA_ARGS__, &postbell::detail::BackendGlue<Class>::table,         \
            postbell::detail::BackendGlue<Class>::extension)
