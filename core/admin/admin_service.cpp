// SPDX-License-Identifier: Apache-2.0
#include "admin/admin_service.h"

#include <nlohmann/json.hpp>

#include "dispatch/dispatcher.h"
#include "web/fields.h"

namespace postbell::admin {

AdminService::AdminService(const Parts& parts)
    : directory_(parts.directory),
      clock_(parts.clock),
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
           }}),
      registrations_({parts.directory, parts.registrations, parts.seen, parts.backends}),
      trial_push_(
          parts.registrations, parts.events,
          [&dispatcher = parts.dispatcher](store::PushTarget target, std::int32_t badge,
                                           std::function<void(dispatch::TrialOutcome)> done) {
              dispatcher.tryPush(std::move(target), badge, std::move(done));
          }),
      gateway_(parts.list_plugins, parts.backup) {
    tenants_.addTo(commands_);
    tenant_callbacks_.addTo(commands_);
    apps_.addTo(commands_);
    credentials_.addTo(commands_);
    registrations_.addTo(commands_);
    trial_push_.addTo(commands_);
    gateway_.addTo(commands_);
}

Json AdminService::call(const std::string& name, const Json& arguments, const std::string& who) {
    const auto command = commands_.find(name);
    if (command == commands_.end()) throw web::Problem(404, "there is no command \"" + name + "\"");
    Json result = command->second.run(arguments);
    if (command->second.changes) {
        std::string line = name;
        for (const char* key :
             {"tenant", "app", "provider", "backend", "registration", "credential"})
            if (const auto value = web::anyText(arguments, key))
                line += " " + std::string(key) + "=" + *value;
        if (const Json* settings = web::find(arguments, "push_settings"))
            for (const auto& [setting, value] : settings->items())
                line += " push_setting=" + setting;
        directory_.audit(who, line, clock_.wall());
    }
    return result;
}

}  // namespace postbell::admin
