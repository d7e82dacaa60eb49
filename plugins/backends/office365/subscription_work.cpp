// SPDX-License-Identifier: Apache-2.0
#include "subscription_work.h"

#include <utility>

#include "graph_answer.h"
#include "graph_error.h"
#include "subscription_request.h"

namespace postbell::office365 {
namespace {

/// A subscription that cannot be renewed makes room for another. Where the application lacks the
/// permission there will be no other, and the mailbox keeps the subscription that it has.
bool endsSubscription(const GraphError& error, StepResult result) {
    return error.findsNothing() || (result == StepResult::Refused && error.status != 403);
}

class Renew final : public Work {
  public:
    Renew(const ManagedSettings& settings, SubscriptionMemory& memory, Task task)
        : settings_(settings), task_(std::move(task)), lifetime_(memory.limit) {}

    void step(const Response* response, std::int64_t now_ms, Step& out) override {
        if (response == nullptr) return ask(now_ms, out);
        if (response->status() == 200) {
            out.expires_ms = lifetime_.granted(*response, objectIn(*response), now_ms);
            return out.done();
        }
        if (response->status() == 400 && lifetime_.learns(*response, now_ms))
            return ask(now_ms, out);
        failSubscription(*response, now_ms, "renewing", out);
        if (!endsSubscription(readError(*response), out.result)) return;
        out.result = StepResult::Gone;
        out.problem = "renewing: Graph answered " + errorIn(*response);
    }

  private:
    void ask(std::int64_t now_ms, Step& out) {
        sendToGraph(out.send(), "PATCH", settings_, subscriptionPath(task_.subscription),
                    {{"expirationDateTime", lifetime_.wanted(now_ms)}});
    }

    const ManagedSettings& settings_;
    const Task task_;
    Lifetime lifetime_;
};

class Unsubscribe final : public Work {
  public:
    Unsubscribe(const ManagedSettings& settings, Task task)
        : settings_(settings), task_(std::move(task)) {}

    void step(const Response* response, std::int64_t now_ms, Step& out) override {
        if (response == nullptr)
            return sendToGraph(out.send(), "DELETE", settings_,
                               subscriptionPath(task_.subscription));
        if (readError(*response).findsNothing())
            out.result = StepResult::Gone;
        else if (response->status() == 200 || response->status() == 204)
            out.done();
        else
            failSubscription(*response, now_ms, "unsubscribing", out);
    }

  private:
    const ManagedSettings& settings_;
    const Task task_;
};

}  // namespace

std::unique_ptr<Work> makeRenew(const ManagedSettings& settings, SubscriptionMemory& memory,
                                Task task) {
    return std::make_unique<Renew>(settings, memory, std::move(task));
}

std::unique_ptr<Work> makeUnsubscribe(const ManagedSettings& settings, Task task) {
    return std::make_unique<Unsubscribe>(settings, std::move(task));
}

}  // namespace postbell::office365
