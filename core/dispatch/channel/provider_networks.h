// SPDX-License-Identifier: Apache-2.0
// The real providers and connections behind the faces of network.h.
#pragma once
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "dispatch/channel/network.h"
#include "dispatch/settings.h"

namespace postbell::engine {
class Loop;
struct PoolOptions;
}  // namespace postbell::engine
namespace postbell::log {
class Log;
}
namespace postbell::provider {
class Provider;
class ProviderHost;
}  // namespace postbell::provider
namespace postbell::util {
class WorkerPool;
}

namespace postbell::dispatch {

/// Makes the connections of all credentials. Immutable.
class PoolOpener {
  public:
    /// The references must outlive this and the pools.
    PoolOpener(engine::Loop& loop, log::Log& log, ConnectionSettings settings)
        : loop_(loop), log_(log), settings_(std::move(settings)) {}

    ConnectionOpener opener() const;
    engine::PoolOptions options(std::string_view origin) const;
    engine::Loop& loop() const { return loop_; }
    log::Log& log() const { return log_; }

  private:
    std::unique_ptr<Connections> open(std::string_view origin, const Access& access,
                                      std::shared_ptr<const engine::TlsIdentity> identity,
                                      engine::AnswerSink& sink) const;

    engine::Loop& loop_;
    log::Log& log_;
    const ConnectionSettings settings_;
};

/// A network for each provider instance of the host.
class ProviderNetworks final : public Networks {
  public:
    /// The references must outlive this.
    ProviderNetworks(const provider::ProviderHost& host, const PoolOpener& pools);
    ~ProviderNetworks() override;

    const Network* forPlatform(std::string_view platform) const override;
    const Network* find(std::string_view instance) const override;
    std::vector<std::string> instances() const override;
    void besideLoop(std::function<void()> work) const override;

  private:
    const Network* of(const provider::Provider* provider) const;
    std::vector<std::unique_ptr<Network>> networks_;
    const provider::ProviderHost& host_;
    /// Opens credentials. Behind the networks, which its threads use.
    const std::unique_ptr<util::WorkerPool> openers_;
};

}  // namespace postbell::dispatch
