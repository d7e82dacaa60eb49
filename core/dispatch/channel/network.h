// SPDX-License-Identifier: Apache-2.0
// The narrow faces by which sending knows providers and connections; tests stand in for them.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dispatch/hooks.h"
#include "engine/answer.h"
#include "engine/device_origins.h"
#include "engine/pool_stats.h"
#include "engine/public_address.h"
#include "provider/session.h"
#include "store/records/records.h"
#include "util/result.h"
#include "util/time.h"

namespace postbell::dispatch {

using engine::NamedBy;
using provider::Session;

/// How an origin may be connected to.
struct Access {
    NamedBy named_by = NamedBy::Network;
    std::uint64_t owner = 0;  ///< whose devices named it

    /// A device alone could name a machine that only this gateway reaches.
    engine::AddressPolicy addresses() const {
        return named_by == NamedBy::Device ? engine::AddressPolicy::PublicOnly
                                           : engine::AddressPolicy::Any;
    }
    /// It may see the credential.
    bool trusted() const { return named_by != NamedBy::Device; }
};

/// Callbacks of a session, on the loop's thread.
struct SessionHooks {
    std::function<void()> on_authorized;
    /// See provider::CredentialAuthorizer::Hooks.
    std::function<void(const store::StoredAuthorization&, std::function<void()> kept)> keep;
};

/// A provider instance. Immutable.
class Network {
  public:
    virtual ~Network() = default;
    virtual const std::string& instance() const = 0;
    /// Who named an origin; the problem is a sentence: pushes may not go there.
    virtual util::Result<NamedBy> namedBy(std::string_view origin) const = 0;
    /// A token that the network could have issued, for a push that is never sent; empty: none is
    /// known.
    virtual std::string anyToken() const = 0;
    /// On any thread, since a file with a password may take seconds; the session is then the
    /// loop's. Throws std::runtime_error with a sentence if the provider does not open the
    /// credential.
    virtual std::unique_ptr<Session> open(store::Credential credential, const std::string& app,
                                          SessionHooks hooks) const = 0;
};

/// The enabled provider instances. Immutable, and thread-safe.
class Networks {
  public:
    virtual ~Networks() = default;
    virtual const Network* forPlatform(std::string_view platform) const = 0;
    virtual const Network* find(std::string_view instance) const = 0;
    virtual std::vector<std::string> instances() const = 0;
    /// Does work that takes long, such as Network::open(), on a thread of its own. The work may use
    /// the networks; no exception leaves it.
    virtual void besideLoop(std::function<void()> work) const = 0;
};

/// The connections of one credential to one origin: an engine::Pool. Confined to the loop's thread.
class Connections {
  public:
    virtual ~Connections() = default;
    virtual unsigned slots() const = 0;
    /// Precondition: slots() > 0.
    virtual void submit(const engine::RequestView& request, std::uint64_t tag) = 0;
    /// The connection that an answer names takes no more requests.
    virtual void retire(std::uint64_t connection) = 0;
    virtual void drain() = 0;
    virtual engine::PoolStats stats() const = 0;
};

}  // namespace postbell::dispatch
