// SPDX-License-Identifier: Apache-2.0
#include "provider/provider_call.h"

#include <string>

namespace postbell::provider {

void ProviderCall::tell(util::RealTime::duration took) const noexcept {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
    try {
        plugin_.complain("slow", std::string(function_) + "() took " + std::to_string(ms) +
                                     " ms, and nothing in a provider may block");
    } catch (const std::exception&) {
        // Out of memory: then this is not what the log needs to say.
    }
}

}  // namespace postbell::provider
