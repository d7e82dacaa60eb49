// SPDX-License-Identifier: Apache-2.0
#include "subscription_work.h"

#include <nlohmann/json.hpp>

#include "encoding.h"
#include "graph_answer.h"
#include "graph_time.h"
#include "postbell/kit/text.hpp"

namespace postbell::office365 {
namespace {

using nlohmann::json;

constexpr std::string_view kCollection = "/v1.0/subscriptions";
constexpr std::int64_t kMinuteMs = 60'000;
/// Clocks that differ by less are as good as equal: what is asked for leaves more than that.
constexpr std::int64_t kSkewMs = 60'000;
constexpr unsigned kMaxPages = 50;

std::string pathOf(std::string_view subscription) {
    return std::string(kCollection) + "/" + percentEncode(subscription);
}

void sendJson(HttpRequest& request, std::string_view method, const ManagedSettings& settings,
              std::string path, const json& body) {
    request.method = method;
    request.origin = settings.graph;
    request.path = std::move(path);
    request.headers = {{"accept", "application/json"}};
    if (body.is_null()) return;
    request.headers.push_back({"content-type", "application/json"});
    request.body = body.dump();
}

/// How long a subscription lasts, by Graph's clock: it refuses what is too far ahead of its own.
class Lifetime {
  public:
    explicit Lifetime(const ManagedSettings& settings)
        : minutes_(static_cast<std::int64_t>(settings.expiration_minutes)) {}

    std::string wanted(std::int64_t now_ms) const {
        return writeTime(now_ms + ahead_ms_ + minutes_ * kMinuteMs);
    }
    /// True, once: the answer shows that Graph's clock is another, so that asking again may help.
    bool learns(const Response& response, std::int64_t now_ms) {
        const std::int64_t ahead = clockAhead(response, now_ms);
        if (learned_ || (ahead < kSkewMs && ahead > -kSkewMs)) return false;
        learned_ = true;
        ahead_ms_ = ahead;
        return true;
    }
    /// When what Graph granted ends, by the gateway's clock.
    std::int64_t granted(const Response& response, const json& answer, std::int64_t now_ms) const {
        const auto ends = readTime(textIn(answer, "expirationDateTime"));
        if (!ends) return now_ms + minutes_ * kMinuteMs;
        return *ends - clockAhead(response, now_ms);
    }

  private:
    const std::int64_t minutes_;
    std::int64_t ahead_ms_ = 0;
    bool learned_ = false;
};

class Subscribe final : public Work {
  public:
    Subscribe(const ManagedSettings& settings, Task task)
        : settings_(settings), task_(std::move(task)), lifetime_(settings) {}

    void step(const Response* response, std::int64_t now_ms, Step& out) override {
        if (response == nullptr) return create(now_ms, out);
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

    std::string resource() const {
        return "/users/" + task_.mailbox + "/mailFolders('inbox')/messages";
    }

    void create(std::int64_t now_ms, Step& out) {
        at_ = At::Create;
        sendJson(out.send(), "POST", settings_, std::string(kCollection),
                 {{"changeType", "created,updated,deleted"},
                  {"notificationUrl", task_.callback_url},
                  {"lifecycleNotificationUrl", task_.callback_url},
                  {"resource", resource()},
                  {"expirationDateTime", lifetime_.wanted(now_ms)},
                  {"clientState", task_.proof}});
    }

    void created(const Response& response, std::int64_t now_ms, Step& out) {
        const json answer = objectIn(response);
        const std::string id = textIn(answer, "id");
        if ((response.status() == 201 || response.status() == 200) && !id.empty()) {
            out.subscription = id;
            out.expires_ms = lifetime_.granted(response, answer, now_ms);
            return out.done();
        }
        if (response.status() == 400 && lifetime_.learns(response, now_ms))
            return create(now_ms, out);
        if (response.status() == 409 && !made_room_) return lookFor(response, out);
        fail(response, now_ms, "subscribing", out);
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
                return sendJson(out.send(), "GET", settings_, pathOf(rival_), nullptr);
            }
        at_ = At::List;
        sendJson(out.send(), "GET", settings_, std::string(kCollection), nullptr);
    }

    bool isOurs(const json& subscription) const {
        // The callback without its token: everything up to the last slash.
        const std::string base =
            task_.callback_url.substr(0, task_.callback_url.find_last_of('/') + 1);
        return textIn(subscription, "notificationUrl").compare(0, base.size(), base) == 0;
    }

    void looked(const Response& response, std::int64_t now_ms, Step& out) {
        if (response.status() == 404) return create(now_ms, out);
        if (response.status() != 200) return fail(response, now_ms, "subscribing", out);
        if (!isOurs(objectIn(response)))
            return out.refuse(
                "something else subscribes to this mailbox with the same app registration: give "
                "the gateway one of its own");
        remove(out);
    }

    void listed(const Response& response, std::int64_t now_ms, Step& out) {
        if (response.status() != 200) return fail(response, now_ms, "subscribing", out);
        const json answer = objectIn(response);
        const auto all = answer.is_object() ? answer.find("value") : answer.end();
        if (answer.is_object() && all != answer.end() && all->is_array())
            for (const json& subscription : *all)
                if (isOurs(subscription) && isSameResource(textIn(subscription, "resource"))) {
                    rival_ = textIn(subscription, "id");
                    return remove(out);
                }
        const auto next = splitUrl(textIn(answer, "@odata.nextLink"));
        if (!next || ++pages_ >= kMaxPages)
            return out.refuse(
                "Graph says that the mailbox is subscribed to already, but by none "
                "of the gateway's subscriptions");
        sendJson(out.send(), "GET", settings_, next->path, nullptr);
    }

    bool isSameResource(std::string_view other) const {
        const std::string ours = resource();
        if (other.substr(0, 1) == "/") other.remove_prefix(1);
        return kit::equalsIgnoringCase(other, std::string_view(ours).substr(1));
    }

    void remove(Step& out) {
        at_ = At::Remove;
        sendJson(out.send(), "DELETE", settings_, pathOf(rival_), nullptr);
    }

    void removed(const Response& response, std::int64_t now_ms, Step& out) {
        const int status = response.status();
        if (status == 204 || status == 200 || status == 404) return create(now_ms, out);
        fail(response, now_ms, "subscribing", out);
    }

    const ManagedSettings& settings_;
    const Task task_;
    Lifetime lifetime_;
    At at_ = At::Create;
    bool made_room_ = false;
    std::string rival_;
    unsigned pages_ = 0;
};

class Renew final : public Work {
  public:
    Renew(const ManagedSettings& settings, Task task)
        : settings_(settings), task_(std::move(task)), lifetime_(settings) {}

    void step(const Response* response, std::int64_t now_ms, Step& out) override {
        if (response == nullptr) return ask(now_ms, out);
        if (response->status() == 200) {
            out.expires_ms = lifetime_.granted(*response, objectIn(*response), now_ms);
            return out.done();
        }
        if (response->status() == 404) {
            out.result = StepResult::Gone;
            return;
        }
        if (response->status() == 400 && lifetime_.learns(*response, now_ms))
            return ask(now_ms, out);
        fail(*response, now_ms, "renewing", out);
    }

  private:
    void ask(std::int64_t now_ms, Step& out) {
        sendJson(out.send(), "PATCH", settings_, pathOf(task_.subscription),
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
            return sendJson(out.send(), "DELETE", settings_, pathOf(task_.subscription), nullptr);
        if (response->status() == 404)
            out.result = StepResult::Gone;
        else if (response->status() == 200 || response->status() == 204)
            out.done();
        else
            fail(*response, now_ms, "unsubscribing", out);
    }

  private:
    const ManagedSettings& settings_;
    const Task task_;
};

}  // namespace

std::unique_ptr<Work> makeSubscribe(const ManagedSettings& settings, Task task) {
    return std::make_unique<Subscribe>(settings, std::move(task));
}

std::unique_ptr<Work> makeRenew(const ManagedSettings& settings, Task task) {
    return std::make_unique<Renew>(settings, std::move(task));
}

std::unique_ptr<Work> makeUnsubscribe(const ManagedSettings& settings, Task task) {
    return std::make_unique<Unsubscribe>(settings, std::move(task));
}

}  // namespace postbell::office365
