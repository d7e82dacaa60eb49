// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json_fwd.hpp>

#include "app/listener_certificates.h"
#include "dispatch/dispatcher.h"
#include "store/store.h"

namespace postbell::app {

/// The state that `check` asks a running gateway for, since it cannot be seen from outside: the
/// certificates that are served, the master key in use (as a fingerprint), the limit of open files,
/// and the origins of push networks that fail (null: the dispatcher does not tell). Bounded in
/// time. Thread-safe.
nlohmann::json gatewayState(const ListenerCertificates& certificates, const store::Store& store,
                            dispatch::Dispatcher& dispatcher);

}  // namespace postbell::app
