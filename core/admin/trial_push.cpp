// SPDX-License-Identifier: Apache-2.0
#include "admin/trial_push.h"

#include <nlohmann/json.hpp>

#include <future>
#include <limits>

#include "admin/arguments.h"
#include "util/trace.h"
#include "web/fields.h"

namespace postbell::admin {
namespace {

using dispatch::TrialOutcome;

/// Real time: an admin waits for the answer.
constexpr std::chrono::seconds kAnswerDeadline{45};

std::string meaning(provider::Outcome::Result result) {
    using Result = provider::Outcome::Result;
    switch (result) {
        case Result::Delivered:
            return {};
        case Result::Retry:
            return "not now";
        case Result::TokenDead:
            return "the device token is dead";
        case Result::TokenForeign:
            return "the token is not this credential's; one of the two is wrong";
        case Result::CredentialRefused:
            return "the credential is refused";
        case Result::Reauthorize:
            return "the credential's authorization is refused";
        case Result::Rejected:
            return "the push itself is refused";
    }
    return {};
}

std::string inWords(const TrialOutcome& outcome) {
    switch (outcome.kind) {
        case TrialOutcome::Kind::NotSent:
            return "not sent: " + outcome.reason;
        case TrialOutcome::Kind::NoAnswer:
            return "no answer: " + outcome.reason;
        case TrialOutcome::Kind::Answered:
            break;
    }
    if (outcome.result == provider::Outcome::Result::Delivered)
        return "delivered: the push network took the push";
    return "the push network answered " + std::to_string(outcome.status) +
           (outcome.reason.empty() ? "" : " " + outcome.reason) + ": " + meaning(outcome.result);
}

}  // namespace

TrialPush::TrialPush(store::Registrations& registrations, store::Events& events, Send send)
    : registrations_(registrations), events_(events), send_(std::move(send)) {}

void TrialPush::addTo(CommandTable& table) {
    table["push/test"] = {[this](const Json& a) { return run(a); }, true};
}

Json TrialPush::run(const Json& arguments) {
    const store::Registration wanted = registrationOf(registrations_, arguments);
    const std::int64_t badge = web::optionalNumber(arguments, "badge").value_or(1);
    if (badge > std::numeric_limits<std::int32_t>::max())
        throw web::Problem(400, "\"badge\" is too large");
    auto target = events_.pushTarget(wanted.id);
    if (!target) throw web::Problem(404, "there is no such registration any more");
    if (!target->registration.app->enabled)
        throw web::Problem(409, "app " + wanted.app->name +
                                    " is turned off, and nothing is pushed to it: `postbell app "
                                    "enable --tenant " +
                                    wanted.app->tenant_name + " --app " + wanted.app->name + "`");
    const auto promise = std::make_shared<std::promise<TrialOutcome>>();
    auto future = promise->get_future();
    send_(std::move(*target), static_cast<std::int32_t>(badge),
          [promise](TrialOutcome outcome) { promise->set_value(std::move(outcome)); });
    TrialOutcome outcome;
    outcome.kind = TrialOutcome::Kind::NoAnswer;
    outcome.reason = "the push network did not answer in time";
    if (future.wait_for(kAnswerDeadline) == std::future_status::ready) outcome = future.get();
    if (outcome.kind == TrialOutcome::Kind::NotSent && outcome.advice.empty())
        outcome.advice = "look for a credential with `postbell credential list --tenant " +
                         wanted.app->tenant_name + " --app " + wanted.app->name +
                         "`; `postbell credential add` gives the app one";
    return {{"registration", wanted.public_id},
            {"outcome", name(outcome)},
            {"status", outcome.status},
            {"reason", outcome.reason},
            {"advice", outcome.advice},
            {"latency_ms", outcome.latency.count()},
            {"trace", util::traceText(outcome.trace)},
            {"message", inWords(outcome)}};
}

}  // namespace postbell::admin
