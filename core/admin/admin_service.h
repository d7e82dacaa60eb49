// SPDX-License-Identifier: Apache-2.0
// What an admin can do. The commands, the admin API and the portal are calls of this one service.
#pragma once
#include <nlohmann/json.hpp>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "api/registration_api.h"
#include "backend/backend_host.h"
#include "dispatch/dispatcher.h"
#include "plugin/plugin_info.h"
#include "provider/provider.h"
#include "store/store.h"

namespace postbell::admin {

/// Thread-safe. A call blocks until what it changed is durable.
class AdminService {
  public:
    struct Parts {
        store::Store& store;
        registry::SeenBuffer& seen;
        const backend::BackendHost& backends;
        const provider::ProviderHost& providers;
        dispatch::Dispatcher& dispatcher;
        const util::Clock& clock;
        std::function<std::vector<plugin::PluginInfo>()> plugins;
    };
    explicit AdminService(Parts parts);

    /// `name`: "tenant/add"; `who` goes into the audit trail. Throws api::Problem with a sentence
    /// for the admin.
    nlohmann::json call(const std::string& name, const nlohmann::json& arguments,
                        const std::string& who);

  private:
    using Json = nlohmann::json;
    struct Command {
        Json (AdminService::*run)(const Json&);
        bool changes;  ///< leaves a line in the audit trail
    };

    Json tenantAdd(const Json&);
    Json tenantList(const Json&);
    Json tenantRemove(const Json&);
    Json appAdd(const Json&);
    Json appList(const Json&);
    Json appEnable(const Json&);
    Json appDisable(const Json&);
    Json appRotateKey(const Json&);
    Json credentialAdd(const Json&);
    Json credentialList(const Json&);
    Json credentialShow(const Json&);
    Json credentialRemove(const Json&);
    Json registrationList(const Json&);
    Json registrationShow(const Json&);
    Json registrationRemove(const Json&);
    Json pushTest(const Json&);
    Json pluginList(const Json&);
    Json backup(const Json&);

    store::Tenant tenant(const Json&);
    store::App app(const Json&);
    store::Credential credential(const Json&);
    store::Registration registration(const Json&);
    void setEnabled(const store::App& app, bool enabled);
    Json describe(const store::Registration& registration) const;
    Json describe(const store::Credential& credential) const;
    /// Where its pushes go, and whether it is known that some will.
    Json origins(const store::Credential& credential) const;

    Parts parts_;
    static const std::map<std::string, Command>& commands();
};

}  // namespace postbell::admin
