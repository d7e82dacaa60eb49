// SPDX-License-Identifier: Apache-2.0
#include "dispatch/channel/credential_origins.h"

#include <memory>
#include <utility>

#include "dispatch/channel/credential_choice.h"
#include "dispatch/channel/network.h"
#include "dispatch/flight/push_content.h"
#include "store/credentials.h"
#include "store/directory.h"

namespace postbell::dispatch {

std::map<store::Environment, std::string> credentialOrigins(const OriginSources& sources,
                                                            const store::Credential& credential) {
    std::map<store::Environment, std::string> found;
    const auto app = sources.directory.findApp(credential.app);
    const Network* network = sources.networks.find(credential.provider);
    if (!app || network == nullptr) return found;
    PushContent content;
    content.id = newPushId();
    content.target.token = network->anyToken();
    if (content.target.token.empty()) return found;
    content.target.app = std::make_shared<const store::App>(*app);
    try {
        auto stored = sources.credentials.findCredential(credential.id);
        if (!stored) return found;
        // A session of this thread's own: opening and encoding may take long.
        const auto session = network->open(std::move(*stored), app->name, {});
        for (const store::Environment environment : environmentsOf(credential)) {
            content.target.registration.environment = environment;
            const provider::Encoded& encoded = session->encode(content.view());
            if (encoded.result == provider::Encoded::Result::Ready)
                found[environment] = encoded.origin;
        }
    } catch (const std::exception&) {
        // The credential's own line of `check` says why it cannot be used.
    }
    return found;
}

}  // namespace postbell::dispatch
