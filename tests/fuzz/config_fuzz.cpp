// SPDX-License-Identifier: Apache-2.0
// Any text as a config file: it is read, or every problem is told.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "config/config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        const auto config = postbell::config::parse({reinterpret_cast<const char*>(data), size},
                                                    "/etc/postbell/postbell.toml");
        if (config.registration.address.empty() || config.store.url.empty()) std::abort();
        if (config.gateway.clock_speed != 1 && !config.mailbox.loopback) std::abort();
    } catch (const postbell::config::ConfigError& e) {
        if (e.problems().empty() || std::string_view(e.what()).empty()) std::abort();
    }
    return 0;
}
