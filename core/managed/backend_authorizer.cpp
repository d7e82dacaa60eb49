// SPDX-License-Identifier: Apache-2.0
#include "managed/backend_authorizer.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "managed/contract.h"
#include "plugin/timed_call.h"
#include "util/insist.h"

namespace postbell::managed {

BackendAuthorizer::BackendAuthorizer(const plugin::BackendPlugin& plugin, HttpClient& http,
                                     engine::Loop& loop, log::Log& log)
    : plugin_(plugin),
      table_(*plugin.managed()),
      http_(http),
      loop_(loop),
      authorizer_(*this, loop.clock()),
      teller_(plugin.instance(), loop.clock(), log),
      work_(loop) {}

void BackendAuthorizer::tell(plugin::Authorizer::Result result) {
    // Tasks wait for the next step, whether or not a line can be logged.
    static_cast<void>(util::succeeds([&] {
        if (result == plugin::Authorizer::Result::Useless)
            plugin_.complain("authorization", keeper().problem());
        if (!keeper().exchanging()) teller_.look(keeper());
    }));
}

void BackendAuthorizer::authorize(std::function<void(bool)> done) {
    tell(authorizer_.obtain());
    if (!keeper().usable() && keeper().exchanging())
        waiting_.push_back(std::move(done));
    else
        done(keeper().usable());
}

plugin::AuthorizationAnswer BackendAuthorizer::ask() {
    const plugin::TimedCall call(plugin_, "authorize");
    const auto authorize = [&](postbell_authorization& given) {
        return table_.authorize(plugin_.self(), util::toMs(loop_.clock().wall()), &given);
    };
    return complained(plugin::askAuthorization(
        authorize, "backend " + plugin_.instance() + " could not make an authorization"));
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
    tell(authorizer_.exchanged([&] { return read(answer); }));
    if (keeper().exchanging()) return;  // a second exchange follows the first
    const bool usable = keeper().usable();
    for (const auto& done : std::exchange(waiting_, {})) done(usable);
}

plugin::AuthorizationAnswer BackendAuthorizer::read(const HttpAnswer& answer) {
    const plugin::TimedCall call(plugin_, "authorized");
    const auto authorized = [&](const postbell_response& raw, postbell_authorization& given) {
        return table_.authorized(plugin_.self(), &raw, util::toMs(loop_.clock().wall()), &given);
    };
    plugin::RawResponse response = rawResponse(answer);
    return complained(plugin::readAuthorization(response.get(), authorized));
}

plugin::AuthorizationAnswer BackendAuthorizer::complained(
    plugin::AuthorizationAnswer answer) const {
    if (answer.breach) plugin_.complain("authorization", answer.problem);
    return answer;
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
