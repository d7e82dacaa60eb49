// SPDX-License-Identifier: Apache-2.0
#include "key_work.h"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "claims.h"
#include "encoding.h"
#include "graph_answer.h"
#include "signed_token.h"

namespace postbell::office365 {
namespace {

using nlohmann::json;

void get(HttpRequest& request, std::string origin, std::string path) {
    request.method = "GET";
    request.origin = std::move(origin);
    request.path = std::move(path);
    request.headers = {{"accept", "application/json"}};
}

/// Where the keys are, then the keys.
class KeyFetch {
  public:
    KeyFetch(const ManagedSettings& settings, PublishedKeys& keys)
        : settings_(settings), keys_(keys) {}

    void begin(Step& out) {
        looking_ = true;
        get(out.send(false), settings_.login,
            "/" + settings_.tenant_id + "/v2.0/.well-known/openid-configuration");
    }
    /// True: the keys are there. Else `out` has the next step, or the end.
    bool answered(const Response& response, std::int64_t now_ms, Step& out) {
        const json answer = response.status() == 200 ? objectIn(response) : json();
        return looking_ ? configuration(response, answer, out)
                        : keysCame(response, answer, now_ms, out);
    }

  private:
    bool configuration(const Response& response, const json& answer, Step& out) {
        issuer_ = textIn(answer, "issuer");
        const auto keys = splitUrl(textIn(answer, "jwks_uri"));
        // Every tenant has an issuer of its own; "common" would speak for all.
        if (!keys || issuer_.find(settings_.tenant_id) == std::string::npos)
            return later(response, out);
        looking_ = false;
        get(out.send(false), keys->origin, keys->path);
        return false;
    }
    bool keysCame(const Response& response, const json& answer, std::int64_t now_ms, Step& out) {
        auto keys = parseKeys(answer);
        if (keys.empty()) return later(response, out);
        keys_.set(std::move(keys), issuer_, now_ms);
        return true;
    }
    bool later(const Response& response, Step& out) {
        out.result = StepResult::Retry;
        out.scope = StepScope::Instance;
        if (response.status() == 0)
            out.problem = "Microsoft's login cannot be reached: " + std::string(response.detail());
        else if (response.status() == 200)
            out.problem = "Microsoft's login did not say with which keys the tenant signs";
        else
            out.problem = "Microsoft's login answered " + std::to_string(response.status()) +
                          " when asked for the tenant's keys";
        if (response.status() == 400 || response.status() == 404)
            out.refuse("there is no tenant with this tenant_id in this cloud");
        return false;
    }

    const ManagedSettings& settings_;
    PublishedKeys& keys_;
    bool looking_ = true;
    std::string issuer_;
};

class Refresh final : public Work {
  public:
    Refresh(const ManagedSettings& settings, PublishedKeys& keys) : fetch_(settings, keys) {}
    void step(const Response* response, std::int64_t now_ms, Step& out) override {
        if (response == nullptr) return fetch_.begin(out);
        if (fetch_.answered(*response, now_ms, out)) out.done();
    }

  private:
    KeyFetch fetch_;
};

class Claim final : public Work {
  public:
    Claim(const ManagedSettings& settings, PublishedKeys& keys, const Task& task)
        : settings_(settings), keys_(keys), fetch_(settings, keys) {
        const json grant = json::parse(task.grant, nullptr, false);
        token_ = parseToken(textIn(grant, "id_token"));
    }

    void step(const Response* response, std::int64_t now_ms, Step& out) override {
        if (!token_)
            return out.refuse("\"id_token\" must be the id token of the user, signed with RS256");
        if (response != nullptr && !fetch_.answered(*response, now_ms, out)) {
            // A sentence about our own settings is not the device's business.
            if (out.result == StepResult::Refused) out.result = StepResult::Retry;
            return;
        }
        const PublishedKeys::Found found = keys_.find(token_->key_id, now_ms);
        if (!found.key) {
            if (response == nullptr && !found.fresh) return fetch_.begin(out);
            return out.refuse("the id token is refused: the tenant publishes no key of its id");
        }
        if (!verifies(*token_, *found.key))
            return out.refuse("the id token is refused: its signature is wrong");
        const Proof proof = checkIdToken(*token_, settings_, found.issuer, now_ms);
        if (proof.mailbox.empty()) return out.refuse(proof.problem);
        out.mailbox = proof.mailbox;
        out.done();
    }

  private:
    const ManagedSettings& settings_;
    PublishedKeys& keys_;
    KeyFetch fetch_;
    std::optional<SignedToken> token_;
};

class Check final : public Work {
  public:
    Check(const ManagedSettings& settings, PublishedKeys& keys, const Login& login)
        : settings_(settings), login_(login), fetch_(settings, keys) {}

    void step(const Response* response, std::int64_t now_ms, Step& out) override {
        if (response == nullptr) return fetch_.begin(out);
        if (!asking_graph_) {
            if (!fetch_.answered(*response, now_ms, out)) return;
            asking_graph_ = true;
            return get(out.send(), settings_.graph, "/v1.0/subscriptions");
        }
        if (response->status() != 200)
            return fail(*response, now_ms, "asking for subscriptions", out);
        out.problem = advice();
        out.done();
    }

  private:
    std::string advice() const {
        static constexpr std::array<std::string_view, 4> kEnough = {
            "Mail.Read", "Mail.ReadBasic.All", "Mail.ReadBasic", "Mail.ReadWrite"};
        const auto& roles = login_.roles();
        const bool any = std::any_of(roles.begin(), roles.end(), [](const std::string& role) {
            return std::find(kEnough.begin(), kEnough.end(), role) != kEnough.end();
        });
        if (any || !login_.rolesAreKnown()) return "login and Graph answer";
        return "login and Graph answer, but the app registration has no application permission "
               "such as Mail.Read with admin consent: right only where RBAC for Applications gives "
               "it";
    }

    const ManagedSettings& settings_;
    const Login& login_;
    KeyFetch fetch_;
    bool asking_graph_ = false;
};

}  // namespace

std::unique_ptr<Work> makeRefresh(const ManagedSettings& settings, PublishedKeys& keys) {
    return std::make_unique<Refresh>(settings, keys);
}

std::unique_ptr<Work> makeClaim(const ManagedSettings& settings, PublishedKeys& keys,
                                const Task& task) {
    return std::make_unique<Claim>(settings, keys, task);
}

std::unique_ptr<Work> makeCheck(const ManagedSettings& settings, PublishedKeys& keys,
                                const Login& login) {
    return std::make_unique<Check>(settings, keys, login);
}

}  // namespace postbell::office365
