// SPDX-License-Identifier: Apache-2.0
#include "app/part_settings.h"

#include <string>

#include "app/version.h"

namespace postbell::app {

dispatch::DispatchSettings dispatchSettings(const config::Config& config) {
    dispatch::DispatchSettings settings;
    settings.quiet_delay = config.dispatch.quiet_delay;
    settings.retry_max = config.dispatch.retry_max;
    return settings;
}

dispatch::ConnectionSettings connectionSettings(const config::Config& config) {
    dispatch::ConnectionSettings settings;
    settings.request_timeout = config.dispatch.request_timeout;
    settings.connections = config.dispatch.connections_per_credential;
    settings.proxy = config.egress.proxy;
    settings.ca_file = config.egress.ca_file;
    return settings;
}

managed::HttpSettings managedHttpSettings(const config::Config& config) {
    managed::HttpSettings settings;
    settings.proxy = config.egress.proxy;
    settings.ca_file = config.egress.ca_file;
    settings.user_agent = std::string("postbell/") + kVersion;
    settings.timeout = config.dispatch.request_timeout;
    return settings;
}

api::RegistrationSettings registrationSettings(const config::Config& config) {
    const config::RegistrationListenerConfig& listener = config.registration;
    api::RegistrationSettings settings;
    settings.region = config.gateway.region;
    settings.mailbox_url = config.mailbox.public_url;
    settings.check_every_seconds = listener.check_every_seconds;
    settings.registrations_per_minute_per_address = listener.registrations_per_minute_per_address;
    settings.registrations_per_minute_per_app = listener.registrations_per_minute_per_app;
    settings.changes_per_minute_per_registration = listener.changes_per_minute_per_registration;
    settings.max_registrations_per_app = listener.max_registrations_per_app;
    return settings;
}

}  // namespace postbell::app
