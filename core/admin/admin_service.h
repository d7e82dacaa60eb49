// SPDX-License-Identifier: Apache-2.0
// The calls of admins: the commands, the admin API and the portal share this one service.
#pragma once
#include <string>

#include "admin/app_commands.h"
#include "admin/audit_commands.h"
#include "admin/audited_commands.h"
#include "admin/credential_commands.h"
#include "admin/gateway_commands.h"
#include "admin/operations.h"
#include "admin/registration_commands.h"
#include "admin/tenant_callback_commands.h"
#include "admin/tenant_commands.h"
#include "admin/trial_push.h"
#include "log/log.h"

namespace postbell::dispatch {
class Dispatcher;
}

namespace postbell::admin {

/// Thread-safe. A call blocks until its changes are durable.
class AdminService {
  public:
    struct Parts {
        store::Directory& directory;
        store::Registrations& registrations;
        store::Credentials& credentials;
        store::Events& events;
        store::SeenLedger& seen;
        const backend::BackendHost& backends;
        const provider::ProviderHost& providers;
        dispatch::Dispatcher& dispatcher;
        const util::Clock& clock;
        log::Log& log;
        std::string mailbox_url;  ///< public URL of the mailbox listener
        GatewayCommands::ListPlugins list_plugins;
        GatewayCommands::Backup backup;
        GatewayCommands::FindUnopened find_unopened;
        GatewayCommands::State state;
        Operations& operations;
    };
    explicit AdminService(const Parts& parts);
    AdminService(const AdminService&) = delete;
    AdminService& operator=(const AdminService&) = delete;

    /// `name`: "tenant/add"; `who` goes into the audit trail: see AuditedCommands. Throws
    /// web::Problem with a sentence for the admin.
    Json call(const std::string& name, const Json& arguments, const std::string& who,
              const Finish& finish);

  private:
    AuditedCommands commands_;
    TenantCommands tenants_;
    TenantCallbackCommands tenant_callbacks_;
    AppCommands apps_;
    CredentialCommands credentials_;
    RegistrationCommands registrations_;
    TrialPush trial_push_;
    GatewayCommands gateway_;
    AuditCommands audit_;
};

}  // namespace postbell::admin
