// SPDX-License-Identifier: Apache-2.0
#include "plugin/provider_plugin.h"

#include <algorithm>

#include "config/address.h"
#include "plugin/text.h"

namespace postbell::plugin {
namespace {

constexpr std::size_t kMaxOrigins = 32;

}  // namespace

ProviderPlugin::ProviderPlugin(const config::PluginSection& section, const PluginContext& context)
    : PluginInstance(section, context), origins_(askOrigins()), allowed_(section.allowed_origins) {
    allowed_.insert(allowed_.end(), origins_.begin(), origins_.end());
    if (!section.endpoint.empty()) allowed_.push_back(section.endpoint);
}

std::unique_ptr<ProviderPlugin> ProviderPlugin::open(const config::PluginSection& section,
                                                     const PluginContext& context) {
    return std::unique_ptr<ProviderPlugin>(new ProviderPlugin(section, context));
}

const postbell_provider_v0& ProviderPlugin::table() const {
    return *static_cast<const postbell_provider_v0*>(descriptor().raw().table);
}

bool ProviderPlugin::allows(std::string_view origin) const {
    if (std::find(allowed_.begin(), allowed_.end(), origin) != allowed_.end()) return true;
    const auto url = config::parseHttpUrl(origin);
    return url && url->path.empty() &&
           std::find(allowed_.begin(), allowed_.end(), url->origin()) != allowed_.end();
}

std::vector<std::string> ProviderPlugin::askOrigins() const {
    const InPlugin blame = calling("origins");
    std::size_t count = 0;
    const postbell_str* raw = table().origins(self(), &count);
    if (count > kMaxOrigins)
        refuse("it names " + std::to_string(count) + " origins, and at most " +
               std::to_string(kMaxOrigins) + " are accepted");
    if (count > 0 && raw == nullptr) refuse("it names origins, but gives none");
    std::vector<std::string> origins;
    for (std::size_t i = 0; i < count; ++i) {
        const std::string_view text = view(raw[i]).substr(0, 512);
        const auto url = config::parseHttpUrl(text);
        if (!url || !url->tls || !url->path.empty())
            refuse("it names the origin \"" + printable(text, 64) +
                   "\", and \"https://host\" or \"https://host:port\" is expected");
        origins.push_back(url->origin());
    }
    return origins;
}

}  // namespace postbell::plugin
