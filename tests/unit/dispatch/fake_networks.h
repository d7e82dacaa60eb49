// SPDX-License-Identifier: Apache-2.0
// Stands in for a provider. Used on one thread, or on the loop's.
#pragma once
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "dispatch/channel/network.h"

namespace postbell::testing {

/// How a fake provider behaves. By default each push goes to https://push.example/TOKEN, and the
/// status of the answer is its meaning.
struct Behaviour {
    std::function<void(const provider::Push&, provider::Encoded&)> encode =
        [](const provider::Push&, provider::Encoded&) {};
    std::function<void(provider::Outcome&)> classify = [](provider::Outcome&) {};
    dispatch::Session::Authorized authorized = dispatch::Session::Authorized::Yes;
    util::SteadyTime retry_at;
    dispatch::SessionHooks hooks;                  ///< of the session that was opened last
    std::function<void()> begin_encoding = [] {};  ///< when a push goes to the encoder
    bool opens_beside_loop = false;                ///< when the test calls finish_opening
    std::function<void()> finish_opening;
    std::function<bool(std::string_view)> allows = [](std::string_view) { return true; };
    bool device_named = false;         ///< origins are named by devices
    bool encodes_beside_loop = false;  ///< when the test calls finish_encoding
    std::function<void()> finish_encoding;
    std::string any_token = "a token";
    store::StoredAuthorization authorization;
    unsigned asked_to_authorize = 0;
    unsigned dropped_authorizations = 0;
    int renewed_authorizations = 0;
    std::uint64_t authorization_number = 1;
    unsigned encoded = 0;
    unsigned retired_sessions = 0;
    std::size_t open_sessions = 0;
};

class FakeSession final : public dispatch::Session {
  public:
    explicit FakeSession(Behaviour& behaviour) : behaviour_(behaviour) {
        ++behaviour_.open_sessions;
    }
    ~FakeSession() override { --behaviour_.open_sessions; }

    Authorized authorize() override {
        ++behaviour_.asked_to_authorize;
        return behaviour_.authorized;
    }
    void renewAuthorization() override { ++behaviour_.renewed_authorizations; }
    void dropAuthorization() override { ++behaviour_.dropped_authorizations; }
    const store::StoredAuthorization& authorization() const override {
        return behaviour_.authorization;
    }
    std::uint64_t authorizationNumber() const override { return behaviour_.authorization_number; }
    const std::string& problem() const override { return problem_; }
    util::SteadyTime retryAt() const override { return behaviour_.retry_at; }
    std::shared_ptr<const engine::TlsIdentity> identity() const override { return nullptr; }
    provider::Encoded& encode(const provider::Push& push) override {
        ++behaviour_.encoded;
        path_ = "/" + std::string(push.token);
        encoded_ = {};
        encoded_.result = provider::Encoded::Result::Ready;
        encoded_.method = "POST";
        encoded_.origin = push.origin.empty() ? "https://push.example" : push.origin;
        encoded_.path = path_;
        behaviour_.encode(push, encoded_);
        return encoded_;
    }
    provider::Outcome classify(const provider::Push&, const engine::Answer& answer) override {
        using Result = provider::Outcome::Result;
        provider::Outcome outcome;
        switch (answer.status) {
            case 200:
                outcome.result = Result::Delivered;
                break;
            case 400:
                outcome.result = Result::TokenForeign;
                break;
            case 401:
                outcome.result = Result::Reauthorize;
                break;
            case 403:
                outcome.result = Result::CredentialRefused;
                break;
            case 410:
                outcome.result = Result::TokenDead;
                break;
            case 413:
                outcome.result = Result::Rejected;
                break;
            default:
                outcome.result = Result::Retry;
        }
        outcome.reason = std::to_string(answer.status);
        behaviour_.classify(outcome);
        return outcome;
    }

    bool encodesBesideLoop() const override { return behaviour_.encodes_beside_loop; }
    void encodeBesideLoop(const provider::Push& push,
                          std::function<void(provider::Encoded&)> done) override {
        behaviour_.begin_encoding();
        behaviour_.finish_encoding = [this, push, done] { done(encode(push)); };
    }
    void retire() override { ++behaviour_.retired_sessions; }

  private:
    Behaviour& behaviour_;
    std::string problem_ = "no authorization";
    std::string path_;
    provider::Encoded encoded_;
};

/// One provider, "push", for the platform "ios".
class FakeNetworks final : public dispatch::Networks, public dispatch::Network {
  public:
    mutable Behaviour behaviour;

    const Network* forPlatform(std::string_view platform) const override {
        return platform == "ios" ? this : nullptr;
    }
    const Network* find(std::string_view name) const override {
        return name == name_ ? this : nullptr;
    }
    std::vector<std::string> instances() const override { return {name_}; }
    void besideLoop(std::function<void()> work) const override {
        if (!behaviour.opens_beside_loop) return work();
        behaviour.finish_opening = std::move(work);
    }
    const std::string& instance() const override { return name_; }
    util::Result<dispatch::NamedBy> namedBy(std::string_view origin) const override {
        if (!behaviour.allows(origin))
            return util::Problem{"the origin " + std::string(origin) + " may not be used"};
        return behaviour.device_named ? dispatch::NamedBy::Device : dispatch::NamedBy::Network;
    }
    std::string anyToken() const override { return behaviour.any_token; }
    std::unique_ptr<dispatch::Session> open(store::Credential credential, const std::string&,
                                            dispatch::SessionHooks hooks) const override {
        if (credential.content == "broken") throw std::runtime_error("it is broken");
        behaviour.hooks = std::move(hooks);
        return std::make_unique<FakeSession>(behaviour);
    }

  private:
    const std::string name_ = "push";
};

}  // namespace postbell::testing
