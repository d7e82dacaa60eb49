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
#include "engine/pool_stats.h"
#include "engine/public_address.h"
#include "provider/push.h"
#include "store/records.h"
#include "util/result.h"
#include "util/time.h"

namespace postbell::dispatch {

/// A credential in use. Confined to the loop's thread.
class Session {
  public:
    /// Whether a request may be sent now.
    enum class Authorized {
        Yes,
        Pending,  ///< not yet: see retryAt(); `on_authorized` is called when an exchange ends
        Refused,  ///< see problem()
    };
    virtual ~Session() = default;

    virtual Authorized authorize() = 0;
    /// The network refused the authorization: the next authorize() gets a new one.
    virtual void dropAuthorization() = 0;
    /// A new authorization may be the cure; the old one is presented until then.
    virtual void renewAuthorization() = 0;
    virtual const store::StoredAuthorization& authorization() const = 0;
    /// Goes up with each new authorization.
    virtual std::uint64_t authorizationNumber() const = 0;
    /// Why the last authorize() said Refused, or the last exchange failed; may be empty.
    virtual const std::string& problem() const = 0;
    /// When authorize() may succeed at the earliest; not set: at any time.
    virtual util::SteadyTime retryAt() const = 0;
    /// For mutual TLS; null: the credential is none.
    virtual std::shared_ptr<const engine::TlsIdentity> identity() const = 0;

    /// The caller may add headers. Valid until the next call of encode(), authorize() or
    /// classify().
    virtual provider::Encoded& encode(const provider::Push& push) = 0;
    virtual provider::Outcome classify(const provider::Push& push,
                                       const engine::Answer& answer) = 0;

    /// Encoding takes so long that encodeBesideLoop() is to be called instead of encode().
    virtual bool encodesBesideLoop() const = 0;
    /// As encode(), with the result in `done`, later and on the loop's thread; not at all once the
    /// session is gone. One push at a time, whose texts must live until then. Meanwhile none of
    /// authorize(), encode() and classify() may be called: they would wait for the encoder.
    virtual void encodeBesideLoop(const provider::Push& push,
                                  std::function<void(provider::Encoded&)> done) = 0;
    /// The credential was replaced: answers may still be classified, and no hook is called any
    /// more.
    virtual void retire() = 0;
};

/// How an origin may be connected to.
struct Access {
    bool device_named = false;  ///< not the network's own
    engine::AddressPolicy addresses = engine::AddressPolicy::Any;
    std::uint64_t owner = 0;  ///< whose devices named it

    /// The operator's configuration or the provider names it: it may see the credential.
    bool trusted() const { return !device_named || addresses == engine::AddressPolicy::Any; }
};

/// Callbacks of a session, on the loop's thread.
struct SessionHooks {
    std::function<void()> on_authorized;
    std::function<void(const store::StoredAuthorization&)>
        keep;  ///< a new authorization, to be stored
};

/// A provider instance. Immutable.
class Network {
  public:
    virtual ~Network() = default;
    virtual const std::string& instance() const = 0;
    /// The problem is a sentence: pushes may not go to that origin.
    virtual util::Result<Access> access(std::string_view origin) const = 0;
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
