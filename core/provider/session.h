// SPDX-License-Identifier: Apache-2.0
// The face by which sending knows a credential in use; tests stand in for it.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "engine/answer.h"
#include "provider/push.h"
#include "store/records/records.h"
#include "util/time.h"

namespace postbell::engine {
struct TlsIdentity;
}

namespace postbell::provider {

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
    /// A new authorization may be the cure: none but that is presented next, unless the network
    /// resents it so soon.
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
    virtual Encoded& encode(const Push& push) = 0;
    virtual Outcome classify(const Push& push, const engine::Answer& answer) = 0;

    /// Encoding takes so long that encodeBesideLoop() is to be called instead of encode().
    virtual bool encodesBesideLoop() const = 0;
    /// As encode(), with the result in `done`, later and on the loop's thread; not at all once the
    /// session is gone. One push at a time, whose texts must live until then. Meanwhile none of
    /// authorize(), encode() and classify() may be called: they would wait for the encoder.
    virtual void encodeBesideLoop(const Push& push, std::function<void(Encoded&)> done) = 0;
    /// The credential was replaced: answers may still be classified, and no hook is called any
    /// more.
    virtual void retire() = 0;
};

}  // namespace postbell::provider
