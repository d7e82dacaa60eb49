// SPDX-License-Identifier: Apache-2.0
// `push test`: sends one push, past the queue, and says what the push network answered.
#include <future>
#include <limits>

#include "admin/admin_service.h"
#include "admin/arguments.h"

namespace postbell::admin {
namespace {

std::string inWords(const dispatch::TrialOutcome& outcome) {
    const std::string answer = "the push network answered " + std::to_string(outcome.status) +
                               (outcome.reason.empty() ? "" : " " + outcome.reason);
    if (outcome.outcome == "delivered") return "delivered: the push network took the push";
    if (outcome.outcome == "not_sent") return "not sent: " + outcome.reason;
    if (outcome.outcome == "no_answer") return "no answer: " + outcome.reason;
    if (outcome.outcome == "token_dead") return answer + ": the device token is dead";
    if (outcome.outcome == "token_foreign")
        return answer + ": the token is not this credential's; one of the two is wrong";
    if (outcome.outcome == "credential_refused") return answer + ": the credential is refused";
    if (outcome.outcome == "reauthorize")
        return answer + ": what the credential presented is refused";
    if (outcome.outcome == "rejected") return answer + ": the push itself is refused";
    return answer + ": not now";
}

}  // namespace

nlohmann::json AdminService::pushTest(const Json& arguments) {
    const store::Registration wanted = registration(arguments);
    const std::int64_t badge = number(arguments, "badge", 1);
    if (badge > std::numeric_limits<std::int32_t>::max())
        throw api::Problem(400, "\"badge\" is too large");
    auto target = parts_.store.pushTarget(wanted.id);
    if (!target) throw api::Problem(404, "there is no such registration any more");
    if (!target->registration.app_enabled)
        throw api::Problem(409, "app " + wanted.app_name +
                                    " is turned off, and nothing is pushed to it: `postbell app "
                                    "enable --tenant " +
                                    wanted.tenant_name + " --app " + wanted.app_name + "`");
    const auto promise = std::make_shared<std::promise<dispatch::TrialOutcome>>();
    auto future = promise->get_future();
    parts_.dispatcher.tryPush(
        std::move(*target), static_cast<std::int32_t>(badge),
        [promise](dispatch::TrialOutcome outcome) { promise->set_value(outcome); });
    dispatch::TrialOutcome outcome{"no_answer", 0, "the push network did not answer in time",
                                   "",          0, 0};
    if (future.wait_for(std::chrono::seconds(45)) == std::future_status::ready)
        outcome = future.get();
    return {{"registration", wanted.public_id},
            {"outcome", outcome.outcome},
            {"status", outcome.status},
            {"reason", outcome.reason},
            {"advice", outcome.advice},
            {"latency_ms", outcome.latency_ms},
            {"trace", util::traceText(outcome.trace)},
            {"message", inWords(outcome)}};
}

}  // namespace postbell::admin
