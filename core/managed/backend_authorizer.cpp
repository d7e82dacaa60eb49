// SPDX-License-Identifier: Apache-2.0
#include "managed/backend_authorizer.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "managed/contract.h"
#include "util/insist.h"

namespace postbell::managed {

BackendAuthorizer::BackendAuthorizer(const plugin::BackendPlugin& plugin, HttpClient& http,
                                     engine::Loop& loop, log::Log& log)
    : plugin_(plugin),
      table_(*plugin.managed()),
      http_(http),
      loop_(loop),
      log_(log),
      authorizer_(*this, loop.clock()),
      work_(loop) {}

template <class Take>
void BackendAuthorizer::follow(const Take& take) {
    const bool was_refused = keeper().refused();
    const std::uint64_t before = keeper().number();
    const plugin::Authorizer::Result result = take();
    // Tasks wait for what comes next, whether or not the log can be told.
    static_cast<void>(util::succeeds([&] {
        if (result == plugin::Authorizer::Result::Useless)
            plugin_.complain("authorization", keeper().problem());
        if (!was_refused && keeper().refused())
            log_.error(
                "the gateway has no authorization for a mail server: managed subscriptions wait",
                {{"backend", plugin_.instance()}, {"reason", keeper().problem()}});
        if (was_refused && keeper().number() != before)
            log_.info("a mail server accepts the gateway's credential again",
                      {{"backend", plugin_.instance()}});
    }));
}

void BackendAuthorizer::authorize(std::function<void(bool)> done) {
    follow([this] { return authorizer_.obtain(); });
    if (!keeper().usable() && keeper().exchanging())
        waiting_.push_back(std::move(done));
    else
        done(keeper().usable());
}

plugin::AuthorizationAnswer BackendAuthorizer::ask() {
    const auto authorize = [&](postbell_authorization& given) {
        const plugin::InPlugin blame = plugin_.calling("authorize");
        return table_.authorize(plugin_.self(), util::toMs(loop_.clock().wall()), &given);
    };
    return plugin::askAuthorization(
        authorize, "backend " + plugin_.instance() + " could not make an authorization");
}

std::string BackendAuthorizer::originBreach(const std::string& origin) const {
    if (plugin_.allows(origin)) return {};
    return "backend " + plugin_.instance() + " wants to send to " + origin +
           ", which is neither its own nor in allowed_origins";
}

void BackendAuthorizer::send(plugin::HttpRequest exchange) {
    http_.send(std::move(exchange),
               work_.callback([this](const HttpAnswer& answer) { exchanged(answer); }));
}

void BackendAuthorizer::exchanged(const HttpAnswer& answer) {
    follow([&] { return authorizer_.exchanged([&] { return read(answer); }); });
    if (keeper().exchanging()) return;  // a second exchange follows the first
    const bool usable = keeper().usable();
    for (const auto& done : std::exchange(waiting_, {})) done(usable);
}

plugin::AuthorizationAnswer BackendAuthorizer::read(const HttpAnswer& answer) {
    const auto authorized = [&](const postbell_response& raw, postbell_authorization& given) {
        const plugin::InPlugin blame = plugin_.calling("authorized");
        return table_.authorized(plugin_.self(), &raw, util::toMs(loop_.clock().wall()), &given);
    };
    plugin::RawResponse response = rawResponse(answer);
    return plugin::readAuthorization(response.get(), authorized);
}

void BackendAuthorizer::present(HttpCall& call) const {
    const plugin::Authorization& held = keeper().held();
    if (!held.none_needed) call.headers.emplace_back(held.name, held.value);
}

void BackendAuthorizer::refused(std::uint64_t number) {
    if (number == keeper().number()) authorizer_.keeper().drop();
}

TaskResult BackendAuthorizer::unauthorized() const {
    TaskResult result;
    result.kind = keeper().refused() ? TaskResult::Kind::Refused : TaskResult::Kind::Retry;
    result.of_instance = true;
    result.retry_after = std::max(
        std::chrono::duration_cast<util::Milliseconds>(keeper().retryAt() - loop_.clock().steady()),
        util::Milliseconds(1));
    result.problem = keeper().problem();
    return result;
}

}  // namespace postbell::managed
