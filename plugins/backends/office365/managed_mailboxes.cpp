// SPDX-License-Identifier: Apache-2.0
#include "managed_mailboxes.h"

#include <limits>

#include <nlohmann/json.hpp>

#include "encoding.h"
#include "graph_answer.h"
#include "key_work.h"
#include "subscription_work.h"

namespace postbell::office365 {
namespace {

class Count final : public Work {
  public:
    Count(const ManagedSettings& settings, Task task)
        : settings_(settings), task_(std::move(task)) {}

    void step(const Response* response, std::int64_t now_ms, Step& out) override {
        if (response == nullptr) {
            HttpRequest& request = out.send();
            request.method = "GET";
            request.origin = settings_.graph;
            request.path = "/v1.0/users/" + percentEncode(task_.mailbox) +
                           "/mailFolders/inbox?$select=unreadItemCount";
            request.headers = {{"accept", "application/json"}};
            return;
        }
        const nlohmann::json answer = objectIn(*response);
        const auto count = answer.is_object() ? answer.find("unreadItemCount") : answer.end();
        if (response->status() == 200 && answer.is_object() && count != answer.end() &&
            count->is_number_integer() && *count >= 0 &&
            *count <= std::numeric_limits<std::int32_t>::max()) {
            out.unread = count->get<std::int32_t>();
            return out.done();
        }
        fail(*response, now_ms, "reading the unread count", out);
    }

  private:
    const ManagedSettings& settings_;
    const Task task_;
};

}  // namespace

ManagedMailboxes::ManagedMailboxes(const Host& host, ManagedSettings settings)
    : host_(host),
      settings_(std::move(settings)),
      origins_{settings_.login, settings_.graph},
      login_(host_, settings_),
      memory_{LifetimeLimit(host_, settings_.expiration_minutes), {}} {}

void ManagedMailboxes::start() const {
    const std::string problem = login_.secretProblem(host_.wallMs());
    if (!problem.empty())
        host_.log(POSTBELL_LOG_ERROR, "the gateway cannot sign in: managed mailboxes wait",
                  {{"reason", problem}});
}

void ManagedMailboxes::authorize(std::int64_t now_ms, Authorization& out) {
    login_.request(now_ms, out);
}

void ManagedMailboxes::authorized(const Response& response, std::int64_t now_ms,
                                  Authorization& out) {
    login_.answer(response, now_ms, out);
}

std::unique_ptr<Work> ManagedMailboxes::open(Task task) {
    switch (task.kind) {
        case TaskKind::Claim:
            return makeClaim(settings_, keys_, task);
        case TaskKind::Subscribe:
            return makeSubscribe(settings_, memory_, std::move(task));
        case TaskKind::Renew:
        case TaskKind::Reauthorize:
            return makeRenew(settings_, memory_, std::move(task));
        case TaskKind::Unsubscribe:
            return makeUnsubscribe(settings_, std::move(task));
        case TaskKind::Count:
            return std::make_unique<Count>(settings_, std::move(task));
        case TaskKind::Refresh:
            return makeRefresh(settings_, keys_);
        case TaskKind::Check:
            return makeCheck(settings_, keys_, login_);
        case TaskKind::Confirm:
            break;  // Graph asks back in its handshake, and handle() answers
    }
    return nullptr;
}

Verdict ManagedMailboxes::validate(const std::vector<std::string>& tokens) const {
    if (tokens.empty()) return Verdict::Bad;
    Verdict all = Verdict::Good;
    for (const std::string& token : tokens) {
        const Verdict one = checkValidationToken(token, settings_, keys_, host_.wallMs());
        if (one == Verdict::Bad) return one;
        if (one == Verdict::Unknown) all = one;
    }
    return all;
}

}  // namespace postbell::office365
