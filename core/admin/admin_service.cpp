// SPDX-License-Identifier: Apache-2.0
#include "admin/admin_service.h"

#include <nlohmann/json.hpp>

#include "admin/owner.h"
#include "dispatch/dispatcher.h"

namespace postbell::admin {

AdminService::AdminService(const Parts& parts)
    : commands_(parts.directory, parts.clock, parts.log,
                [&directory = parts.directory, &registrations = parts.registrations,
                 &credentials = parts.credentials](const Json& arguments) {
                    return ownerOf(directory, registrations, credentials, arguments);
                }),
      tenants_(parts.directory, [&dispatcher = parts.dispatcher](
                                    store::Id app) { dispatcher.credentialChanged(app); }),
      tenant_callbacks_({parts.directory, parts.backends, parts.clock, parts.mailbox_url}),
      apps_(parts.directory, parts.providers, parts.clock,
            [&dispatcher = parts.dispatcher](store::Id app) { dispatcher.credentialChanged(app); }),
      credentials_(
          {parts.directory, parts.credentials, parts.providers, parts.clock,
           [&dispatcher = parts.dispatcher](store::Id app) { dispatcher.credentialChanged(app); },
           [&dispatcher = parts.dispatcher](const store::Credential& credential) {
               return dispatcher.origins(credential);
           },
           [&dispatcher = parts.dispatcher](store::Id credential) {
               return dispatcher.authorizationProblem(credential);
           }}),
      registrations_({parts.directory, parts.registrations, parts.seen, parts.backends}),
      trial_push_(
          parts.registrations, parts.events,
          [&dispatcher = parts.dispatcher](store::PushTarget target, std::int32_t badge,
                                           std::function<void(dispatch::TrialOutcome)> done) {
              dispatcher.tryPush(std::move(target), badge, std::move(done));
          }),
      gateway_(parts.list_plugins, parts.backup, parts.find_unopened, parts.state),
      audit_(parts.directory, parts.clock) {
    tenants_.addTo(commands_.table());
    tenant_callbacks_.addTo(commands_.table());
    apps_.addTo(commands_.table());
    credentials_.addTo(commands_.table());
    registrations_.addTo(commands_.table());
    trial_push_.addTo(commands_.table());
    gateway_.addTo(commands_.table());
    audit_.addTo(commands_.table());
    parts.operations.addTo(commands_.table());
}

Json AdminService::call(const std::string& name, const Json& arguments, const std::string& who,
                        const Finish& finish) {
    return commands_.call(name, arguments, who, finish);
}

}  // namespace postbell::admin
