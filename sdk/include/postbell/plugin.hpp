// SPDX-License-Identifier: Apache-2.0
// The part that backends and providers in C++17 share: a plugin's descriptor, the life of an
// instance, the exception barrier. Header-only and compiled into the plugin: std:: types never
// cross, so a vendor may use another standard library.
#pragma once
#include <cstdio>
#include <exception>
#include <new>
#include <string>
#include <utility>

#include "postbell/host.hpp"

/// The least minor of the contract that the plugin runs with: postbell_add_plugin(... NEEDS_MINOR
/// n) sets it. A plugin that needs nothing of a later minor leaves it.
#ifndef POSTBELL_NEEDS_MINOR
#define POSTBELL_NEEDS_MINOR POSTBELL_ABI_LEAST_MINOR
#endif

namespace postbell {

namespace detail {

/// The exception barrier: the only place where a C++ failure becomes a status. `tell` gets the
/// failure's sentence, and must not throw.
template <class F, class Tell>
postbell_status guard(F&& body, Tell&& tell) noexcept {
    try {
        std::forward<F>(body)();
        return POSTBELL_OK;
    } catch (const std::bad_alloc&) {
        return POSTBELL_ELIMIT;
    } catch (const InvalidInput& e) {
        tell(std::string_view(e.what()));
        return POSTBELL_EINVAL;
    } catch (const std::exception& e) {
        tell(std::string_view(e.what()));
        return POSTBELL_EINTERNAL;
    } catch (...) {
        return POSTBELL_EINTERNAL;
    }
}
template <class F>
postbell_status guard(F&& body) noexcept {
    return guard(std::forward<F>(body), [](std::string_view) noexcept {});
}

/// The life of an instance, the same for backends and providers.
template <class T>
struct Instance {
    static T& at(void* self) noexcept { return *static_cast<T*>(self); }
    static postbell_status create(const postbell_host* host, void** self, char* error,
                                  std::size_t size) noexcept {
        try {
            *self = new T(Host(host));
            return POSTBELL_OK;
        } catch (const std::exception& e) {
            std::snprintf(error, size, "%s", e.what());
        } catch (...) {
            std::snprintf(error, size, "it threw something that is no std::exception");
        }
        return POSTBELL_EINVAL;
    }
    static const void* noExtension(void*, const char*) noexcept { return nullptr; }
    /// Calls `body`; its exception goes to the log, since the status alone says little.
    template <class F>
    static postbell_status told(void* self, F&& body) noexcept {
        return guard(std::forward<F>(body), [&](std::string_view why) noexcept {
            try {
                at(self).host.log(POSTBELL_LOG_ERROR, why);
            } catch (...) {  // out of memory: told without its reason
            }
        });
    }
    static postbell_status start(void* self) noexcept {
        return told(self, [&] { at(self).start(); });
    }
    static void stop(void* self) noexcept {
        (void)guard([&] { at(self).stop(); });
    }
    static void destroy(void* self) noexcept { delete static_cast<T*>(self); }
};

}  // namespace detail

/// A plugin's descriptor, for POSTBELL_BACKEND and POSTBELL_PROVIDER. All texts are
/// literals.
struct About {
    const char* id;    ///< reverse domain name: "com.example.zimbra"
    const char* name;  ///< for people
    const char* vendor;
    const char* version;
    const char* license;  ///< SPDX
    const char* url;
    const char* config_schema;   ///< JSON Schema of the plugin's own keys
    std::uint32_t flags = 0;     ///< POSTBELL_NEVER_BLOCKS, POSTBELL_HAS_ENVIRONMENTS, ...
    const char* platforms = "";  ///< providers only
    std::uint32_t needs = 0;     ///< POSTBELL_NEEDS_*
    const char* credential_schema = nullptr;  ///< providers only, as the next
    const char* app_schema = nullptr;
    std::uint32_t needs_minor = POSTBELL_NEEDS_MINOR;
};

namespace detail {
template <class T, std::uint32_t Kind>
constexpr postbell_plugin descriptor(
    const About& a, const void* table,
    const void* (*extension)(void*, const char*) noexcept = Instance<T>::noExtension) {
    return {sizeof(postbell_plugin),
            POSTBELL_ABI_MAJOR,
            POSTBELL_ABI_MINOR,
            a.needs_minor,
            Kind,
            a.needs,
            a.flags,
            a.platforms,
            a.id,
            a.name,
            a.vendor,
            a.version,
            a.license,
            a.url,
            a.config_schema,
            a.credential_schema,
            a.app_schema,
            Instance<T>::create,
            extension,
            Instance<T>::start,
            Instance<T>::stop,
            Instance<T>::destroy,
            table};
}
}  // namespace detail

}  // namespace postbell
