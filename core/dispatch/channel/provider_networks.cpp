// SPDX-License-Identifier: Apache-2.0
#include "dispatch/channel/provider_networks.h"

#include <limits>
#include <utility>

#include "engine/loop.h"
#include "engine/pool.h"
#include "log/log.h"
#include "provider/credential_session.h"
#include "provider/provider.h"
#include "util/worker_pool.h"

namespace postbell::dispatch {
namespace {

/// Of a connection to a server that a device named: there may be many such servers.
constexpr util::Milliseconds kDeviceIdleClose = std::chrono::minutes(1);
constexpr unsigned kOpenerThreads = 2;

class PoolConnections final : public Connections {
  public:
    PoolConnections(engine::Loop& loop, engine::PoolOptions options, engine::AnswerSink& sink,
                    log::Log& log)
        : pool_(loop, std::move(options), sink, log) {}

    unsigned slots() const override { return pool_.slots(); }
    void submit(const engine::RequestView& request, std::uint64_t tag) override {
        pool_.submit(request, tag);
    }
    void retire(std::uint64_t connection) override { pool_.retire(connection); }
    void drain() override { pool_.drain(); }
    engine::PoolStats stats() const override { return pool_.stats(); }

  private:
    engine::Pool pool_;
};

class ProviderNetwork final : public Network {
  public:
    ProviderNetwork(const provider::Provider& provider, const PoolOpener& pools)
        : provider_(provider), pools_(pools) {}

    const std::string& instance() const override { return provider_.instance(); }
    util::Result<NamedBy> namedBy(std::string_view origin) const override {
        return provider_.namedBy(origin);
    }
    std::string anyToken() const override {
        return provider_.checkToken(std::string(64, '0')).normal;
    }
    std::unique_ptr<Session> open(store::Credential credential, const std::string& app,
                                  SessionHooks wanted) const override {
        provider::CredentialSession::Hooks hooks;
        hooks.open_pool = [this](const std::string& origin, engine::AnswerSink& sink) {
            return std::make_unique<engine::Pool>(pools_.loop(), pools_.options(origin), sink,
                                                  pools_.log());
        };
        hooks.post = [this](std::function<void()> work) { pools_.loop().post(std::move(work)); };
        hooks.on_authorized = std::move(wanted.on_authorized);
        hooks.keep = std::move(wanted.keep);
        return std::make_unique<provider::CredentialSession>(
            provider_, std::move(credential), app, std::move(hooks), pools_.loop().clock());
    }

  private:
    const provider::Provider& provider_;
    const PoolOpener& pools_;
};

}  // namespace

ConnectionOpener PoolOpener::opener() const {
    return [this](std::string_view origin, const Access& access,
                  std::shared_ptr<const engine::TlsIdentity> identity, engine::AnswerSink& sink) {
        return open(origin, access, std::move(identity), sink);
    };
}

engine::PoolOptions PoolOpener::options(std::string_view origin) const {
    engine::PoolOptions options;
    options.origin = util::Origin::parse(origin).value();
    options.proxy = settings_.proxy;
    options.ca_file = settings_.ca_file;
    options.request_timeout = settings_.request_timeout;
    return options;
}

std::unique_ptr<Connections> PoolOpener::open(std::string_view origin, const Access& access,
                                              std::shared_ptr<const engine::TlsIdentity> identity,
                                              engine::AnswerSink& sink) const {
    engine::PoolOptions wanted = options(origin);
    wanted.identity = std::move(identity);
    wanted.addresses = access.addresses();
    wanted.device_named = access.named_by != NamedBy::Network;
    wanted.owner = access.owner;
    if (wanted.device_named)
        wanted.idle_close = kDeviceIdleClose;
    else
        wanted.connections = settings_.connections;
    return std::make_unique<PoolConnections>(loop_, std::move(wanted), sink, log_);
}

ProviderNetworks::ProviderNetworks(const provider::ProviderHost& host, const PoolOpener& pools)
    : host_(host),
      // As many credentials may wait as there are.
      openers_(std::make_unique<util::WorkerPool>(kOpenerThreads,
                                                  std::numeric_limits<std::size_t>::max())) {
    for (const auto& provider : host.all())
        networks_.push_back(std::make_unique<ProviderNetwork>(*provider, pools));
}

ProviderNetworks::~ProviderNetworks() = default;

const Network* ProviderNetworks::of(const provider::Provider* provider) const {
    for (const auto& network : networks_)
        if (provider != nullptr && network->instance() == provider->instance())
            return network.get();
    return nullptr;
}

const Network* ProviderNetworks::forPlatform(std::string_view platform) const {
    return of(host_.forPlatform(platform));
}

const Network* ProviderNetworks::find(std::string_view instance) const {
    return of(host_.find(instance));
}

void ProviderNetworks::besideLoop(std::function<void()> work) const {
    openers_->tryPost(work);
}

std::vector<std::string> ProviderNetworks::instances() const {
    std::vector<std::string> names;
    for (const auto& network : networks_) names.push_back(network->instance());
    return names;
}

}  // namespace postbell::dispatch
