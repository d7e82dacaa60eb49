// SPDX-License-Identifier: Apache-2.0
// The authorization of one managed backend, shared by all its tasks.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "engine/work_scope.h"
#include "log/log.h"
#include "managed/authorization_teller.h"
#include "managed/http_client.h"
#include "managed/task.h"
#include "plugin/authorizer.h"
#include "plugin/backend_plugin.h"

namespace postbell::managed {

/// Confined to the loop's thread. The references must outlive it, and the client must have been
/// stopped before it is destroyed.
class BackendAuthorizer final : private plugin::Authorizer::Client {
  public:
    BackendAuthorizer(const plugin::BackendPlugin& plugin, HttpClient& http, engine::Loop& loop,
                      log::Log& log);
    BackendAuthorizer(const BackendAuthorizer&) = delete;
    BackendAuthorizer& operator=(const BackendAuthorizer&) = delete;

    /// Gets an authorization that is usable now, and calls `done` here, or when an exchange with
    /// the authorization server has ended. `usable`: there is one.
    void authorize(std::function<void(bool usable)> done);
    /// Adds the authorization to a call. Precondition: authorize() found a usable one.
    void present(HttpCall& call) const;
    /// Which authorization present() adds.
    std::uint64_t number() const { return keeper().number(); }
    /// The last request for an authorization failed.
    bool failing() const { return !keeper().problem().empty(); }
    /// The mail server refused the authorization of that number, which is dropped unless another
    /// has taken its place.
    void refused(std::uint64_t number);
    /// The result of a task for which no authorization is usable.
    TaskResult unauthorized() const;

  private:
    plugin::AuthorizationAnswer ask() override;
    std::string originBreach(const std::string& origin) const override;
    void send(plugin::HttpRequest exchange) override;
    void exchanged(const HttpAnswer& answer);
    plugin::AuthorizationAnswer read(const HttpAnswer& answer);
    /// The answer, with a breach in it logged.
    plugin::AuthorizationAnswer complained(plugin::AuthorizationAnswer answer) const;
    void tell(plugin::Authorizer::Result result);
    const plugin::AuthorizationKeeper& keeper() const { return authorizer_.keeper(); }

    const plugin::BackendPlugin& plugin_;
    const postbell_managed_v0& table_;
    HttpClient& http_;
    engine::Loop& loop_;
    plugin::Authorizer authorizer_;
    AuthorizationTeller teller_;
    std::vector<std::function<void(bool)>> waiting_;
    engine::WorkScope work_;
};

}  // namespace postbell::managed
