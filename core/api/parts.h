// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>

#include "backend/backend_host.h"
#include "log/log.h"
#include "managed/managed_host.h"
#include "provider/provider.h"
#include "store/directory.h"
#include "store/registrations.h"
#include "store/writer/seen_ledger.h"
#include "util/clock.h"

namespace postbell::api {

struct RegistrationSettings {
    std::string region;
    std::string mailbox_url;  ///< public URL of the mailbox listener, without a slash at its end
    std::int64_t check_every_seconds = 300;
    std::uint32_t registrations_per_minute_per_address = 0;  ///< 0: no limit
    std::uint32_t registrations_per_minute_per_app = 0;
    std::uint32_t changes_per_minute_per_registration = 0;
    std::int64_t max_registrations_per_app = 0;
};

/// The parts of the gateway that devices' calls need. All of them outlive the API.
struct Parts {
    store::Registrations& registrations;
    store::Directory& directory;
    store::SeenLedger& seen;
    const backend::BackendHost& backends;
    const provider::ProviderHost& providers;
    managed::ManagedHost& mailboxes;
    const util::Clock& clock;
    log::Log& log;
};

}  // namespace postbell::api
