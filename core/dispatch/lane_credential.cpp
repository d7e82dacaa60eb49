// SPDX-License-Identifier: Apache-2.0
// Which credential a lane sends with, and the connections that are opened for it.
#include <stdexcept>

#include "dispatch/lane.h"

namespace postbell::dispatch {
namespace {

bool serves(const store::Credential& credential, const provider::Provider& provider,
            store::Environment environment) {
    if (credential.provider != provider.instance()) return false;
    switch (environment) {
        case store::Environment::None:
            return true;
        case store::Environment::Production:
            return credential.production;
        case store::Environment::Sandbox:
            return credential.sandbox;
    }
    return false;
}

}  // namespace

void Lane::reloadCredential() {
    try {
        loadCredential();
        reload_failed_ = false;
    } catch (const store::StoreError& e) {
        context_.log.warning("the store cannot be read: pushes wait", {{"reason", e.what()}});
        reload_failed_ = true;
        wakeAt(context_.loop.clock().steadyMs() + kStoreRetryMs);
    }
}

void Lane::loadCredential() {
    const auto app = context_.store.findApp(app_id_);
    stored_ = false;
    if (!app) {
        retireSession();
        forgetDevices();
        return;
    }
    app_ = *app;
    provider_ = context_.providers.forPlatform(app_.platform);
    store::Id chosen = 0;
    std::int64_t uploaded_at = -1;
    if (provider_ != nullptr)
        for (const store::Credential& c : context_.store.listCredentials(app_id_))
            if (serves(c, *provider_, environment_) && c.uploaded_at > uploaded_at) {
                chosen = c.id;
                uploaded_at = c.uploaded_at;
            }
    auto credential = chosen != 0 ? context_.store.findCredential(chosen) : std::nullopt;
    if (!credential) {
        retireSession();
        return;
    }
    stored_ = true;
    const bool renewal = session_ != nullptr;
    if (renewal && session_->credential().id == credential->id &&
        session_->credential().upload == credential->upload)
        return;
    retireSession();
    guard_ = CredentialGuard(credential->guards[static_cast<std::size_t>(environment_)]);
    // Also where it was replaced while the gateway was away: a stored probe time of an older upload
    // says nothing.
    if (renewal || credential->uploaded_at > guard_.state().paused_at) {
        if (guard_.paused()) guard_.renewed(context_.loop.clock().wallMs());
    }
    const store::Id id = credential->id;
    const std::int64_t upload = credential->upload;
    provider::CredentialSession::Hooks hooks;
    hooks.open_pool = [this](const std::string& origin, engine::AnswerSink& sink) {
        return std::make_unique<engine::Pool>(context_.loop, poolOptions(origin), sink,
                                              context_.log);
    };
    hooks.on_authorized = [this] {
        if (session_ && session_->retryAtMs() != 0)
            context_.log.warning("what a credential presents to the push network cannot be had",
                                 {{"app", app_.name},
                                  {"provider", provider_->instance()},
                                  {"reason", session_->problem()}});
        pumpSoon();
    };
    hooks.keep = [this, id, upload](const store::StoredAuthorization& authorization) {
        context_.store.saveAuthorization(id, upload, authorization);
    };
    try {
        session_ = std::make_unique<provider::CredentialSession>(
            *provider_, std::move(*credential), app_.name, std::move(hooks), context_.loop.clock());
    } catch (const std::exception& e) {
        context_.log.error(
            "a credential cannot be used: its pushes wait",
            {{"app", app_.name}, {"provider", provider_->instance()}, {"reason", e.what()}});
        return;
    }
    breaker_ = Breaker();
    hold_until_ms_ = 0;
    reauthorizing_ = false;
    releaseAll();
    pumpSoon();
}

void Lane::retireSession() {
    probing_ = false;
    if (!session_) return;
    outgoing_flights_ = flights_.size();
    outgoing_.push_back(std::move(session_));
    if (pool_) {
        pool_->drain();
        outgoing_pools_.push_back(std::move(pool_));
    }
    origin_.clear();
    if (outgoing_flights_ == 0) {
        outgoing_.clear();
        outgoing_pools_.clear();
    }
}

bool Lane::isCurrent(const Flight& flight) const {
    return session_ && flight.upload == session_->credential().upload;
}

void Lane::closeOutgoing(const Flight& flight) {
    if (outgoing_flights_ == 0 || isCurrent(flight) || --outgoing_flights_ > 0) return;
    // Not here: this may be a callback of one of these pools.
    context_.loop.post([this] {
        if (outgoing_flights_ > 0) return;
        outgoing_pools_.clear();
        outgoing_.clear();
    });
}

engine::PoolOptions Lane::poolOptions(const std::string& origin) const {
    engine::PoolOptions options;
    options.origin = engine::Origin::parse(origin).value();
    options.proxy = context_.settings.proxy;
    options.ca_file = context_.settings.ca_file;
    options.request_timeout = util::Milliseconds(context_.settings.request_timeout_ms);
    return options;
}

engine::Pool& Lane::poolTo(const std::string& origin) {
    if (pool_) return *pool_;
    engine::PoolOptions options = poolOptions(origin);
    options.identity = session_->identity();
    options.connections = context_.settings.connections_per_credential;
    pool_ = std::make_unique<engine::Pool>(context_.loop, std::move(options), *this, context_.log);
    origin_ = origin;
    return *pool_;
}

}  // namespace postbell::dispatch
