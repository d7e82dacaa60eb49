// SPDX-License-Identifier: Apache-2.0
// The real providers and connections behind the faces of network.h.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "dispatch/network.h"
#include "log/log.h"
#include "provider/provider.h"

namespace postbell::dispatch {

struct ConnectionSettings {
    util::Milliseconds request_timeout = std::chrono::seconds(30);
    unsigned connections = 1;  ///< to one origin, with one credential
    std::string proxy, ca_file;
};

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

class ProviderNetworks final : public Networks {
  public:
    /// The references must outlive this.
    ProviderNetworks(const provider::ProviderHost& host, const PoolOpener& pools);
    ~ProviderNetworks() override;

    const Network* forPlatform(std::string_view platform) const override;
    const Network* find(std::string_view instance) const override;
    std::vector<std::string> instances() const override;

  private:
    class One;
    const Network* of(const provider::Provider* provider) const;
    std::vector<std::unique_ptr<One>> networks_;
    const provider::ProviderHost& host_;
};

}  // namespace postbell::dispatch
