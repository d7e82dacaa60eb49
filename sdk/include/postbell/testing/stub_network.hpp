// SPDX-License-Identifier: Apache-2.0
// For tests of providers: a push network in memory, and a gateway that pushes to it.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "postbell/testing/fake_push.hpp"

namespace postbell::testing {

/// Answers requests by their origin and path, and remembers them. Unset paths are answered 404.
class StubNetwork {
  public:
    using Answer = std::function<FakeAnswer(const SentRequest&)>;

    /// Requests to `origin` whose path begins with `path` are answered by `answer`.
    void on(std::string origin, std::string path, Answer answer) {
        answers_[{std::move(origin), std::move(path)}] = std::move(answer);
    }
    FakeAnswer send(const SentRequest& request) {
        requests.push_back(request);
        for (auto it = answers_.rbegin(); it != answers_.rend(); ++it)
            if (it->first.first == request.origin && request.path.rfind(it->first.second, 0) == 0)
                return it->second(request);
        FakeAnswer nobody;
        nobody.status = 404;
        return nobody;
    }

    std::vector<SentRequest> requests;  ///< in order

  private:
    std::map<std::pair<std::string, std::string>, Answer> answers_;
};

/// Pushes as a gateway does: authorizes first (with its exchange, if there is one), adds the
/// authorization's header, and lets the provider judge the answer.
inline SaidOutcome pushThrough(FakeCredential& credential, const FakePush& push,
                               StubNetwork& network, std::int64_t now_ms) {
    SaidAuthorization authorization = credential.authorize(now_ms);
    if (authorization.exchange)
        authorization = credential.authorized(network.send(authorization.request), now_ms);
    if (authorization.status < 0 || !authorization.problem.empty())
        throw std::runtime_error("no authorization: " + authorization.problem);
    SaidRequest said = credential.request(push, now_ms);
    if (said.status < 0) throw std::runtime_error("no request: " + said.problem);
    if (!authorization.name.empty())
        said.request.headers.emplace_back(authorization.name, authorization.value);
    return credential.outcome(push, network.send(said.request), now_ms);
}

}  // namespace postbell::testing
