// SPDX-License-Identifier: Apache-2.0
#include "backend/addressee.h"

namespace postbell::backend {
namespace {

/// A callback's token works on every instance that it is sent to. Only the instance that notifies
/// by it may speak by it, or another would be a way round that instance's proof.
bool speaksFor(std::string_view instance, const store::RegistrationCallback& callback) {
    const store::Subscription& reported = callback.recipient.subscription;
    return reported.id_hash.empty() || reported.instance == instance;
}
bool speaksFor(std::string_view instance, const store::MailboxCallback& callback) {
    // A mailbox that serves no registration names no instance, and no event says anything of it.
    return callback.served.empty() || callback.served.front().subscription.instance == instance;
}
bool speaksFor(std::string_view instance, const store::ServerCallback& callback) {
    return callback.callback.instance == instance;
}

}  // namespace

Addressee addresseeOf(const std::optional<store::Callback>& found, const RouteTable::Match& routes,
                      std::string_view instance) {
    // An unknown token still reaches the plugin: only it knows how its protocol says no.
    Addressee addressee;
    addressee.route = routes.registration ? *routes.registration : *routes.tenant;
    if (!found) return addressee;
    const auto* server = std::get_if<store::ServerCallback>(&found->of);
    const auto& route = server != nullptr ? routes.tenant : routes.registration;
    const bool speaks =
        std::visit([&](const auto& of) { return speaksFor(instance, of); }, found->of);
    if (!route || !speaks) return addressee;
    // A callback from before the plugin wanted a secret proves nothing on such a route.
    if (route->needs_secret && (server == nullptr || server->secret.empty())) return addressee;
    addressee.route = *route;
    addressee.callback = &*found;
    if (server != nullptr) addressee.secret = server->secret;
    if (const auto* of = std::get_if<store::RegistrationCallback>(&found->of))
        addressee.recipient = &of->recipient;
    return addressee;
}

}  // namespace postbell::backend
