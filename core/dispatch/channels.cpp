// SPDX-License-Identifier: Apache-2.0
#include "dispatch/channels.h"

#include <utility>

#include "dispatch/credential_choice.h"
#include "store/store_error.h"

namespace postbell::dispatch {

Channels::Channels(const LaneContext& context, store::Environment environment, ChannelOwner& owner,
                   std::function<void()> on_authorized, PushJournal& journal)
    : context_(context),
      environment_(environment),
      owner_(owner),
      on_authorized_(std::move(on_authorized)),
      journal_(journal),
      work_(context.loop) {}

Channels::~Channels() = default;

Channels::Loaded Channels::load(const store::App& app, const Network* network, const Now& now,
                                CredentialGuard& guard) {
    std::optional<store::Credential> credential;
    if (network != nullptr)
        credential =
            chooseCredential(context_.credentials, app.id, network->instance(), environment_);
    stored_ = credential.has_value();
    if (!credential) {
        supersede();
        return Loaded::None;
    }
    if (current_ && current_->upload() == Channel::Upload{credential->id, credential->upload})
        return Loaded::Unchanged;
    const bool renewal = current_ != nullptr;
    supersede();
    guard = CredentialGuard(credential->guards[static_cast<std::size_t>(environment_)],
                            credential->uploaded_at, renewal, now);
    open(std::move(*credential), app, *network);
    return current_ ? Loaded::Opened : Loaded::None;
}

void Channels::open(store::Credential credential, const store::App& app, const Network& network) {
    const Channel::Upload upload{credential.id, credential.upload};
    SessionHooks hooks;
    hooks.on_authorized = on_authorized_;
    hooks.keep = [this, upload](const store::StoredAuthorization& authorization) {
        try {
            context_.credentials.saveAuthorization(upload.credential, upload.number, authorization);
        } catch (const store::StoreError& e) {
            // It is in use all the same; after a restart there will be another.
            journal_.storeAway(e.what());
        }
    };
    try {
        current_ = std::make_unique<Channel>(
            upload, network.open(std::move(credential), app.name, std::move(hooks)), network,
            context_.open_connections, owner_);
    } catch (const store::StoreError&) {
        throw;
    } catch (const std::exception& e) {
        journal_.credentialUnusable(e.what());
    }
}

void Channels::supersede() {
    if (!current_) return;
    current_->drain();
    current_->session().retire();
    superseded_.push_back(std::move(current_));
    closeSupersededSoon();
}

void Channels::closeSupersededSoon() {
    if (superseded_.empty()) return;
    work_.post([this] {
        std::erase_if(superseded_, [](const auto& channel) { return channel->inFlight() == 0; });
    });
}

std::size_t Channels::inFlight() const {
    std::size_t sum = current_ ? current_->inFlight() : 0;
    for (const auto& channel : superseded_) sum += channel->inFlight();
    return sum;
}

}  // namespace postbell::dispatch
