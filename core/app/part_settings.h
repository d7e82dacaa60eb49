// SPDX-License-Identifier: Apache-2.0
// The settings of the gateway's parts, from the config.
#pragma once
#include "api/registration_api.h"
#include "config/config.h"
#include "dispatch/channel/provider_networks.h"
#include "dispatch/dispatcher.h"
#include "managed/managed_host.h"

namespace postbell::app {

dispatch::DispatchSettings dispatchSettings(const config::Config& config);
dispatch::ConnectionSettings connectionSettings(const config::Config& config);
managed::HttpSettings managedHttpSettings(const config::Config& config);
api::RegistrationSettings registrationSettings(const config::Config& config);

}  // namespace postbell::app
