// SPDX-License-Identifier: Apache-2.0
#include "managed/authorizer.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "managed/open_task.h"

namespace postbell::managed {

using Next = plugin::AuthorizationKeeper::Next;

Authorizer::Authorizer(const plugin::BackendPlugin& plugin, HttpClient& http, engine::Loop& loop,
                       log::Log& log)
    : plugin_(plugin),
      table_(*plugin.managed()),
      http_(http),
      loop_(loop),
      log_(log),
      keeper_(loop.clock()),
      work_(loop) {}

bool Authorizer::usable() const {
    const Next next = keeper_.next();
    return next == Next::Present || next == Next::Renew;
}

void Authorizer::authorize(std::function<void(bool)> done) {
    const Next next = keeper_.next();
    if (next == Next::Ask || next == Next::Renew) ask();
    if (!usable() && keeper_.exchanging())
        waiting_.push_back(std::move(done));
    else
        done(usable());
}

void Authorizer::ask() {
    postbell_authorization given{};
    given.size = sizeof given;
    const plugin::InPlugin blame = plugin_.calling("authorize");
    const postbell_status status =
        table_.authorize(plugin_.self(), util::toMs(loop_.clock().wall()), &given);
    take(plugin::authorizationAnswer(
        status, given, "backend " + plugin_.instance() + " could not make an authorization"));
}

void Authorizer::take(plugin::AuthorizationAnswer answer) {
    using Kind = plugin::AuthorizationAnswer::Kind;
    switch (answer.kind) {
        case Kind::Given: {
            const bool refused = keeper_.refused();
            if (!keeper_.given(std::move(answer.authorization)))
                plugin_.complain("authorization", keeper_.problem());
            else if (refused)
                log_.info("a mail server accepts the gateway's credential again",
                          {{"backend", plugin_.instance()}});
            return;
        }
        case Kind::Exchange:
            exchange(std::move(answer.exchange));
            return;
        case Kind::Refused:
            refuse(std::move(answer.problem));
            return;
        case Kind::NotNow:
            keeper_.postpone(std::move(answer.problem), answer.retry_after);
            return;
    }
}

void Authorizer::refuse(std::string why) {
    if (!keeper_.refused())
        log_.error("a mail server refuses the gateway's credential: managed subscriptions wait",
                   {{"backend", plugin_.instance()}, {"reason", why}});
    keeper_.refuse(std::move(why));
}

void Authorizer::exchange(plugin::HttpRequest request) {
    if (!plugin_.allows(request.origin))
        return refuse("backend " + plugin_.instance() + " wants to send to " + request.origin +
                      ", which is neither its own nor in allowed_origins");
    if (!keeper_.mayExchange()) return plugin_.complain("authorization", keeper_.problem());
    keeper_.exchangeBegun();
    http_.send(std::move(request),
               work_.callback([this](const HttpAnswer& answer) { exchanged(answer); }));
}

void Authorizer::exchanged(const HttpAnswer& answer) {
    keeper_.exchangeEnded();
    const RawResponse response(answer);
    postbell_authorization given{};
    given.size = sizeof given;
    const auto authorized = [&] {
        const plugin::InPlugin blame = plugin_.calling("authorized");
        return table_.authorized(plugin_.self(), &response.get(), util::toMs(loop_.clock().wall()),
                                 &given);
    };
    const postbell_status status = authorized();
    take(plugin::authorizationAnswer(
        status, given,
        answer.status != 0 ? "the authorization server answered " + std::to_string(answer.status)
                           : answer.detail));
    if (keeper_.exchanging()) return;  // a second exchange follows the first
    const bool is_usable = usable();
    for (const auto& done : std::exchange(waiting_, {})) done(is_usable);
}

void Authorizer::present(HttpCall& call) const {
    const plugin::Authorization& held = keeper_.held();
    if (!held.none_needed) call.headers.emplace_back(held.name, held.value);
}

void Authorizer::refused(std::uint64_t number) {
    if (number == keeper_.number()) keeper_.drop();
}

TaskResult Authorizer::unauthorized() const {
    TaskResult result;
    result.kind = keeper_.refused() ? TaskResult::Kind::Refused : TaskResult::Kind::Retry;
    result.of_instance = true;
    result.retry_after = std::max(
        std::chrono::duration_cast<util::Milliseconds>(keeper_.retryAt() - loop_.clock().steady()),
        util::Milliseconds(1));
    result.problem = keeper_.problem();
    return result;
}

}  // namespace postbell::managed
