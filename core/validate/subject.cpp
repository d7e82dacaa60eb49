// SPDX-License-Identifier: Apache-2.0
#include "validate/subject.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace postbell::validate {

Loaded::Loaded(const Subject& validated)
    : subject(validated),
      host(validated.section.instance.empty() ? "validated" : validated.section.instance),
      plugin(validated.file.string()) {
    for (const auto& [key, value] : subject.section.own->items())
        host.setConfig(key, value.is_string() ? value.get<std::string>() : value.dump());
    if (!subject.section.endpoint.empty()) host.setConfig("endpoint", subject.section.endpoint);
    if (!subject.section.allowed_origins.empty())
        host.setConfig("allowed_origins", nlohmann::json(subject.section.allowed_origins).dump());
    if (!granted("outbound", POSTBELL_NEEDS_OUTBOUND)) host.withhold(POSTBELL_SERVICE_OUTBOUND);
    if (!granted("secrets", POSTBELL_NEEDS_SECRETS)) host.withhold(POSTBELL_SERVICE_SECRETS);
}

bool Loaded::granted(const char* name, std::uint32_t need) const {
    const auto& grants = subject.section.grants;
    return (descriptor().needs & need) != 0 &&
           std::find(grants.begin(), grants.end(), name) != grants.end();
}

const postbell_managed_v0* Running::managed() const {
    return isBackend() && granted("outbound", POSTBELL_NEEDS_OUTBOUND)
               ? static_cast<const postbell_managed_v0*>(
                     descriptor().extension(self(), POSTBELL_EXTENSION_MANAGED))
               : nullptr;
}

}  // namespace postbell::validate
