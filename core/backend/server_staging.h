// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "backend/mail_event.h"
#include "backend/staged.h"
#include "registry/life_cycle.h"
#include "store/events.h"
#include "store/records.h"

namespace postbell::backend {

/// Stages an event of a whole mail server: for the tenant's registrations that reported its
/// subscription on the instance, or whose account is proven to be the one that it names. Reads the
/// store, and throws StoreError. The status is for the plugin; ENOTFOUND is normal, since most
/// people have no phone registered.
postbell_status stageForServer(const store::ServerCallback& server, const MailEvent& event,
                               store::Events& events, const registry::LifeClock& clock,
                               Staged& staged);

}  // namespace postbell::backend
