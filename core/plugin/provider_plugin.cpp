// SPDX-License-Identifier: Apache-2.0
#include "plugin/provider_plugin.h"

#include <algorithm>

#include "plugin/origin.h"
#include "plugin/text.h"

namespace postbell::plugin {

ProviderPlugin::ProviderPlugin(const config::PluginSection& section, const PluginContext& context)
    : PluginInstance(section, context), origins_(askOrigins()) {
    configure("endpoint", section.endpoint);
    for (const std::string& origin : section.allowed_origins) configure("allowed_origins", origin);
}

std::unique_ptr<ProviderPlugin> ProviderPlugin::open(const config::PluginSection& section,
                                                     const PluginContext& context) {
    return std::unique_ptr<ProviderPlugin>(new ProviderPlugin(section, context));
}

const postbell_provider_v0& ProviderPlugin::table() const {
    return *static_cast<const postbell_provider_v0*>(descriptor().raw().table);
}

bool ProviderPlugin::allows(std::string_view origin) const {
    const auto known = [this](std::string_view one) {
        return std::find(origins_.begin(), origins_.end(), one) != origins_.end() ||
               std::find(configured_.begin(), configured_.end(), one) != configured_.end();
    };
    if (known(origin)) return true;
    const auto normal = pushOrigin(origin);
    return normal && known(*normal);
}

void ProviderPlugin::configure(const char* key, const std::string& configured) {
    if (configured.empty()) return;
    const auto origin = pushOrigin(configured);
    if (!origin) refuse(std::string(key) + " is " + wrongPushOrigin(configured));
    configured_.push_back(*origin);
}

std::vector<std::string> ProviderPlugin::askOrigins() const {
    const InPlugin blame = calling("origins");
    std::size_t count = 0;
    const postbell_str* raw = table().origins(self(), &count);
    if (count > POSTBELL_MAX_ORIGINS)
        refuse("it names " + std::to_string(count) + " origins, and at most " +
               std::to_string(POSTBELL_MAX_ORIGINS) + " are accepted");
    if (count > 0 && raw == nullptr) refuse("it names origins, but gives none");
    std::vector<std::string> origins;
    for (std::size_t i = 0; i < count; ++i) {
        if (!fits(raw[i], POSTBELL_MAX_TEXT_BYTES))
            refuse("it names the origin " + sentence(raw[i]));
        const auto origin = pushOrigin(view(raw[i]));
        if (!origin) refuse("it names the origin " + wrongPushOrigin(view(raw[i])));
        origins.push_back(*origin);
    }
    return origins;
}

}  // namespace postbell::plugin
