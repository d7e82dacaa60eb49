// SPDX-License-Identifier: Apache-2.0
// The common part of plugins whose every answer is the test's own: plain C structs, so that a test
// can break every rule of the contract. The script lies in the test; its address is the section's
// key `script`. Plugin and test are one process.
#pragma once
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "postbell/abi.h"

namespace postbell::testing {

inline postbell_str text(std::string_view s) {
    return {s.data(), s.size()};
}

template <class Script>
Script& scriptOf(void* self) {
    return *static_cast<Script*>(self);
}

namespace scripted {

inline postbell_status create(const postbell_host* host, void** self, char*, std::size_t) noexcept {
    const auto* config =
        static_cast<const postbell_config_v0*>(host->service(host, POSTBELL_SERVICE_CONFIG));
    postbell_str script{};
    if (config->get(host, text("script"), &script) < 0) return POSTBELL_EINVAL;
    const std::string address(script.ptr, script.len);
    *self = reinterpret_cast<void*>(std::strtoull(address.c_str(), nullptr, 10));
    return POSTBELL_OK;
}
inline const void* noExtension(void*, const char*) noexcept {
    return nullptr;
}
inline postbell_status start(void*) noexcept {
    return POSTBELL_OK;
}
inline void nothing(void*) noexcept {}

/// All but the kind, its own fields, and the table.
constexpr postbell_plugin descriptor() {
    postbell_plugin plugin{};
    plugin.size = sizeof plugin;
    plugin.abi_major = POSTBELL_ABI_MAJOR;
    plugin.abi_minor = POSTBELL_ABI_MINOR;
    plugin.needs_minor = POSTBELL_ABI_MINOR;
    plugin.platforms = "";
    plugin.id = "com.example.scripted";
    plugin.name = "A plugin with a script";
    plugin.vendor = "Example";
    plugin.version = "1";
    plugin.license = "Apache-2.0";
    plugin.url = "";
    plugin.config_schema = R"({"properties": {"script": {"type": "string"}}})";
    plugin.create = create;
    plugin.extension = noExtension;
    plugin.start = start;
    plugin.stop = nothing;
    plugin.destroy = nothing;
    return plugin;
}

}  // namespace scripted
}  // namespace postbell::testing
