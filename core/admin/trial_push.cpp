// SPDX-License-Identifier: Apache-2.0
#include "admin/trial_push.h"

#include <nlohmann/json.hpp>

#include <condition_variable>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "admin/arguments.h"
#include "admin/operation.h"
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

/// The outcome, from the engine's thread to the one that waits for it.
class AwaitedOutcome {
  public:
    void put(TrialOutcome outcome) {
        {
            const std::lock_guard lock(outcome_mutex_);
            outcome_ = std::move(outcome);
        }
        arrived_.notify_all();
    }
    /// Until the deadline, or until the gateway stops.
    TrialOutcome wait(const std::stop_token& stop) {
        std::unique_lock lock(outcome_mutex_);
        if (arrived_.wait_for(lock, stop, kAnswerDeadline, [this] { return outcome_.has_value(); }))
            return *std::move(outcome_);
        TrialOutcome none;
        none.kind = TrialOutcome::Kind::NoAnswer;
        none.reason = stop.stop_requested()
                          ? "the gateway is stopping, and waits no longer for the push network"
                          : "the push network did not answer in time";
        return none;
    }

  private:
    std::mutex outcome_mutex_;
    std::condition_variable_any arrived_;
    std::optional<TrialOutcome> outcome_;
};

/// For an outcome that has no advice of the provider's.
std::string adviceOn(const TrialOutcome& outcome, const store::App& app) {
    using Lack = TrialOutcome::Lack;
    const bool unsent = outcome.kind == TrialOutcome::Kind::NotSent;
    if (unsent && outcome.lack == Lack::Credential)
        return "look for a credential with `postbell credential list --tenant " + app.tenant_name +
               " --app " + app.name + "`; `postbell credential add` gives the app one";
    if (outcome.kind == TrialOutcome::Kind::NoAnswer ||
        (unsent && outcome.lack == Lack::Connection))
        return "`postbell check` tries the push network's hosts from this machine: look at the "
               "firewall, the proxy in [egress], name lookup, and whether something opens TLS on "
               "the way (then ca_file)";
    return {};
}

Json describe(const store::Registration& registration, TrialOutcome outcome) {
    if (outcome.advice.empty()) outcome.advice = adviceOn(outcome, *registration.app);
    return {{"registration", registration.public_id},
            {"outcome", name(outcome)},
            {"status", outcome.status},
            {"reason", outcome.reason},
            {"advice", outcome.advice},
            {"latency_ms", outcome.latency.count()},
            {"trace", util::traceText(outcome.trace)},
            {"message", inWords(outcome)}};
}

}  // namespace

TrialPush::TrialPush(store::Registrations& registrations, store::Events& events, Send send)
    : registrations_(registrations), events_(events), send_(std::move(send)) {}

void TrialPush::addTo(CommandTable& table) {
    table["push/test"] = {
        [this](const Json& a) { return begin(a); }, Effect::Changes, {"registration", "badge"}};
}

Work TrialPush::begin(const Json& arguments) {
    const store::Registration wanted = registrationOf(registrations_, arguments);
    const std::int64_t badge = web::optionalNumber(arguments, "badge").value_or(1);
    if (badge > std::numeric_limits<std::int32_t>::max())
        throw web::Problem(400, "\"badge\" is too large");
    auto target = events_.pushTarget(wanted.id);
    if (!target) throw web::Problem(404, "there is no such registration any more");
    if (!target->app->enabled)
        throw web::Problem(409, "app " + wanted.app->name +
                                    " is turned off, and nothing is pushed to it: `postbell app "
                                    "enable --tenant " +
                                    wanted.app->tenant_name + " --app " + wanted.app->name + "`");
    return [this, wanted, target = *std::move(target),
            badge = static_cast<std::int32_t>(badge)](Operation& operation) {
        const auto answer = std::make_shared<AwaitedOutcome>();
        send_(target, badge, [answer](TrialOutcome outcome) { answer->put(std::move(outcome)); });
        return describe(wanted, answer->wait(operation.stop()));
    };
}

}  // namespace postbell::admin
