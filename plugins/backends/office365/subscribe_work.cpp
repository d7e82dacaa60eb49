// SPDX-License-Identifier: Apache-2.0
// Creating a subscription, and the look-ups where Graph has one of which the gateway does not know
// the id.
#include <utility>

#include "graph_answer.h"
#include "graph_error.h"
#include "graph_time.h"
#include "postbell/kit/text.hpp"
#include "subscription_request.h"
#include "subscription_work.h"

namespace postbell::office365 {
namespace {

using nlohmann::json;

constexpr unsigned kMaxPages = 50;
constexpr std::string_view kDoing = "subscribing";

class Subscribe final : public Work {
  public:
    Subscribe(const ManagedSettings& settings, SubscriptionMemory& memory, Task task)
        : settings_(settings), memory_(memory), task_(std::move(task)), lifetime_(memory.limit) {}

    void step(const Response* response, std::int64_t now_ms, Step& out) override {
        if (response == nullptr) {
            if (memory_.lost.contains(task_.mailbox)) return search(Search::Leftover, out);
            return create(now_ms, out);
        }
        switch (at_) {
            case At::Create:
                return created(*response, now_ms, out);
            case At::Look:
                return looked(*response, now_ms, out);
            case At::List:
                return listed(*response, now_ms, out);
            case At::Remove:
                return removed(*response, now_ms, out);
        }
    }

  private:
    enum class At { Create, Look, List, Remove };
    /// The subscription that is searched for in Graph's list.
    enum class Search {
        Rival,     ///< for which Graph refuses another one
        Made,      ///< which the request of this task made, if its answer was lost
        Leftover,  ///< which an earlier task made, whose answer was lost
    };

    std::string resource() const {
        return "/users/" + task_.mailbox + "/mailFolders('inbox')/messages";
    }
    /// The callback without its token, which is a secret.
    std::string listener() const {
        return task_.callback_url.substr(0, task_.callback_url.find_last_of('/') + 1);
    }

    void create(std::int64_t now_ms, Step& out) {
        at_ = At::Create;
        sendToGraph(out.send(), "POST", settings_, std::string(kSubscriptions),
                    {{"changeType", "created,updated,deleted"},
                     {"notificationUrl", task_.callback_url},
                     {"lifecycleNotificationUrl", task_.callback_url},
                     {"resource", resource()},
                     {"expirationDateTime", lifetime_.wanted(now_ms)},
                     {"clientState", task_.proof}});
    }

    void created(const Response& response, std::int64_t now_ms, Step& out) {
        const int status = response.status();
        const bool good = status == 200 || status == 201;
        const json subscription = objectIn(response);
        if (good && !textIn(subscription, "id").empty())
            return adopt(response, subscription, now_ms, out);
        if (good || status == 0) return search(Search::Made, out);
        if (status == 400 && lifetime_.learns(response, now_ms)) return create(now_ms, out);
        if (status == 409 && !made_room_) return lookFor(response, out);
        failSubscription(response, now_ms, kDoing, out, listener());
    }

    void adopt(const Response& response, const json& subscription, std::int64_t now_ms,
               Step& out) const {
        out.subscription = textIn(subscription, "id");
        out.expires_ms = lifetime_.granted(response, subscription, now_ms);
        out.done();
    }

    /// There is one already, made by an earlier life of this gateway that did not get to store its
    /// id. Its callback is not known any more, so it has to go.
    void lookFor(const Response& conflict, Step& out) {
        made_room_ = true;
        // "Subscription Id <id> already exists for the requested combination"
        const std::string words = errorIn(conflict);
        for (std::size_t i = 0; i + 36 <= words.size(); ++i)
            if (const auto id = guid(std::string_view(words).substr(i, 36))) {
                rival_ = *id;
                at_ = At::Look;
                return sendToGraph(out.send(), "GET", settings_, subscriptionPath(rival_));
            }
        search(Search::Rival, out);
    }

    void looked(const Response& response, std::int64_t now_ms, Step& out) {
        if (readError(response).findsNothing()) return create(now_ms, out);
        if (response.status() != 200) return failSubscription(response, now_ms, kDoing, out);
        if (!isOurs(objectIn(response)))
            return out.refuse(
                "something else subscribes to this mailbox with the same app registration: give "
                "the gateway one of its own");
        remove(out);
    }

    void search(Search search, Step& out) {
        search_ = search;
        pages_ = 0;
        at_ = At::List;
        sendToGraph(out.send(), "GET", settings_, std::string(kSubscriptions));
    }

    void listed(const Response& response, std::int64_t now_ms, Step& out) {
        const json answer = objectIn(response);
        const json all = answer.is_object() ? answer.value("value", json()) : json();
        if (response.status() != 200 || !all.is_array()) {
            if (search_ == Search::Made) memory_.lost.add(task_.mailbox);
            return failSubscription(response, now_ms, kDoing, out);
        }
        for (const json& subscription : all)
            if (isSought(subscription)) return found(response, subscription, now_ms, out);
        const auto next = splitUrl(textIn(answer, "@odata.nextLink"));
        if (!next || ++pages_ >= kMaxPages) return foundNone(now_ms, out);
        sendToGraph(out.send(), "GET", settings_, next->path);
    }

    bool isSought(const json& subscription) const {
        if (search_ == Search::Made)
            return textIn(subscription, "notificationUrl") == task_.callback_url &&
                   !textIn(subscription, "id").empty();
        return isOurs(subscription) && isSameResource(textIn(subscription, "resource"));
    }
    bool isOurs(const json& subscription) const {
        return textIn(subscription, "notificationUrl").rfind(listener(), 0) == 0;
    }
    bool isSameResource(std::string_view other) const {
        const std::string ours = resource();
        if (other.substr(0, 1) == "/") other.remove_prefix(1);
        return kit::equalsIgnoringCase(other, std::string_view(ours).substr(1));
    }

    void found(const Response& response, const json& subscription, std::int64_t now_ms, Step& out) {
        if (search_ == Search::Made) return adopt(response, subscription, now_ms, out);
        rival_ = textIn(subscription, "id");
        remove(out);
    }

    void foundNone(std::int64_t now_ms, Step& out) {
        switch (search_) {
            case Search::Rival:
                return out.refuse(
                    "Graph says that the mailbox is subscribed to already, but by none "
                    "of the gateway's subscriptions");
            case Search::Made:
                out.result = StepResult::Retry;
                out.problem =
                    "subscribing: Graph's answer was lost on its way, and Graph made no "
                    "subscription";
                return;
            case Search::Leftover:
                memory_.lost.remove(task_.mailbox);
                return create(now_ms, out);
        }
    }

    void remove(Step& out) {
        at_ = At::Remove;
        sendToGraph(out.send(), "DELETE", settings_, subscriptionPath(rival_));
    }

    void removed(const Response& response, std::int64_t now_ms, Step& out) {
        const int status = response.status();
        if (status != 204 && status != 200 && !readError(response).findsNothing())
            return failSubscription(response, now_ms, kDoing, out);
        memory_.lost.remove(task_.mailbox);
        create(now_ms, out);
    }

    const ManagedSettings& settings_;
    SubscriptionMemory& memory_;
    const Task task_;
    Lifetime lifetime_;
    At at_ = At::Create;
    Search search_ = Search::Rival;
    bool made_room_ = false;
    std::string rival_;
    unsigned pages_ = 0;
};

}  // namespace

std::unique_ptr<Work> makeSubscribe(const ManagedSettings& settings, SubscriptionMemory& memory,
                                    Task task) {
    return std::make_unique<Subscribe>(settings, memory, std::move(task));
}

}  // namespace postbell::office365
