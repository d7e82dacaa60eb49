// SPDX-License-Identifier: Apache-2.0
// Stands in for the store, a push network and the connections to it. Everything is used on one
// thread, or on the loop's.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "dispatch/network.h"
#include "engine/pool.h"
#include "store/credentials.h"
#include "store/events.h"
#include "support/empty_directory.h"

namespace postbell::testing {

/// What a desk of the store does instead of answering.
enum class Trouble {
    None,
    Away,    ///< the store cannot be read
    Broken,  ///< an exception that is no StoreError
};
inline void meet(Trouble trouble) {
    switch (trouble) {
        case Trouble::None:
            return;
        case Trouble::Away:
            throw store::StoreError("the disk is full");
        case Trouble::Broken:
            throw std::logic_error("a cell is no JSON");
    }
}

/// Keeps push targets; notes settlements.
class FakeEvents final : public store::Events {
  public:
    std::map<store::Id, store::PushTarget> targets;  ///< by registration
    std::vector<store::Pending> pending;
    std::vector<store::Settlement> settled;
    std::vector<store::BadgeShare> shares;
    std::vector<store::Id> proofs;  ///< devices, as they were proven
    Trouble trouble = Trouble::None;

    std::optional<store::Callback> findCallback(std::string_view) override { return {}; }
    std::vector<store::Recipient> reportedBy(store::Id, std::string_view,
                                             std::string_view) override {
        return {};
    }
    std::vector<store::Recipient> provenFor(store::Id, std::string_view,
                                            std::string_view) override {
        return {};
    }
    void stage(store::Batch) override {}
    void settle(const std::vector<store::Settlement>& settlements) override {
        settled.insert(settled.end(), settlements.begin(), settlements.end());
    }
    void tokenProven(store::Id, const store::TokenProof& proof) override {
        proofs.push_back(proof.device);
    }
    std::optional<store::PushTarget> pushTarget(store::Id registration) override {
        meet(trouble);
        const auto found = targets.find(registration);
        if (found == targets.end()) return {};
        return found->second;
    }
    std::vector<store::BadgeShare> badgeShares(store::Id) override {
        meet(trouble);
        return shares;
    }
    void eachPending(const std::function<void(const store::Pending&)>& visit) override {
        meet(trouble);
        for (const store::Pending& row : pending) visit(row);
    }
    void setPendingSink(store::PendingSink*) override {}
};

class FakeCredentials final : public store::Credentials {
  public:
    std::vector<store::Credential> all;
    std::vector<store::GuardState> guards;  ///< as they were saved
    Trouble trouble = Trouble::None;
    store::Id trouble_of = 0;  ///< the app that the trouble is with; 0: all

    store::Credential putCredential(const store::Credential& credential) override {
        return credential;
    }
    std::vector<store::Credential> listCredentials(store::Id app) override {
        if (trouble_of == 0 || trouble_of == app) meet(trouble);
        std::vector<store::Credential> found;
        for (const store::Credential& one : all)
            if (app == 0 || one.app == app) found.push_back(one);
        return found;
    }
    std::optional<store::Credential> findCredential(store::Id id) override {
        if (trouble_of == 0) meet(trouble);
        for (const store::Credential& one : all)
            if (one.id == id) return one;
        return {};
    }
    bool removeCredential(store::Id) override { return false; }
    void saveGuard(store::Id, std::int64_t, store::Environment,
                   const store::GuardState& state) override {
        if (trouble_of == 0) meet(trouble);
        guards.push_back(state);
    }
    void saveAuthorization(store::Id, std::int64_t, const store::StoredAuthorization&) override {}
};

/// Knows apps only.
class FakeDirectory final : public EmptyDirectory {
  public:
    std::map<store::Id, store::App> apps;
    Trouble trouble = Trouble::None;

    using EmptyDirectory::findApp;
    std::optional<store::App> findApp(store::Id id) override {
        meet(trouble);
        const auto found = apps.find(id);
        if (found == apps.end()) return {};
        return found->second;
    }
};

/// A request that was submitted.
struct Submitted {
    std::string origin, path;
    std::size_t headers = 0;
    std::uint64_t tag = 0;
    engine::AnswerSink* sink = nullptr;
};

/// What all fake connections share.
struct Wire {
    std::vector<Submitted> submitted;
    std::vector<std::pair<std::string, std::uint64_t>> retired;  ///< origin and connection
    std::map<std::string, unsigned> slots;                       ///< by origin; 100 if absent
    std::size_t open = 0;
    std::size_t opened = 0;
    dispatch::Access last_access;  ///< of the connections opened last

    dispatch::ConnectionOpener opener();
    void answer(std::size_t index, int status, std::uint64_t connection = 1) const {
        engine::Answer answer;
        answer.status = status;
        answer.connection = connection;
        deliver(index, answer);
    }
    void fail(std::size_t index, engine::Failure failure) const {
        engine::Answer answer;
        answer.failure = failure;
        answer.detail = "no connection";
        deliver(index, answer);
    }
    void deliver(std::size_t index, const engine::Answer& answer) const {
        submitted.at(index).sink->answered(submitted.at(index).tag, answer);
    }
};

class FakeConnections final : public dispatch::Connections {
  public:
    FakeConnections(Wire& wire, std::string_view origin, engine::AnswerSink& sink)
        : wire_(wire), origin_(origin), sink_(sink) {
        static_cast<void>(util::Origin::parse(origin).value());  // as the pool opener does
        ++wire_.open;
        ++wire_.opened;
    }
    ~FakeConnections() override { --wire_.open; }

    unsigned slots() const override {
        const auto found = wire_.slots.find(origin_);
        return found == wire_.slots.end() ? 100 : found->second;
    }
    void submit(const engine::RequestView& request, std::uint64_t tag) override {
        wire_.submitted.push_back(
            {origin_, std::string(request.path), request.headers.size(), tag, &sink_});
    }
    void retire(std::uint64_t connection) override {
        wire_.retired.emplace_back(origin_, connection);
    }
    void drain() override {}
    engine::PoolStats stats() const override { return {1, 0, 1, 0, 0, 0}; }

  private:
    Wire& wire_;
    const std::string origin_;
    engine::AnswerSink& sink_;
};

inline dispatch::ConnectionOpener Wire::opener() {
    return [this](std::string_view origin, const dispatch::Access& access,
                  std::shared_ptr<const engine::TlsIdentity>,
                  engine::AnswerSink& sink) -> std::unique_ptr<dispatch::Connections> {
        last_access = access;
        return std::make_unique<FakeConnections>(*this, origin, sink);
    };
}

/// How a fake provider behaves. By default each push goes to https://push.example/TOKEN, and the
/// status of the answer is its meaning.
struct Behaviour {
    std::function<void(const provider::Push&, provider::Encoded&)> encode =
        [](const provider::Push&, provider::Encoded&) {};
    std::function<void(provider::Outcome&)> classify = [](provider::Outcome&) {};
    dispatch::Session::Authorized authorized = dispatch::Session::Authorized::Yes;
    util::SteadyTime retry_at;
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
    util::Result<dispatch::Access> access(std::string_view origin) const override {
        if (!behaviour.allows(origin))
            return util::Problem{"the origin " + std::string(origin) + " may not be used"};
        dispatch::Access access;
        access.device_named = behaviour.device_named;
        if (access.device_named) access.addresses = engine::AddressPolicy::PublicOnly;
        return access;
    }
    std::string anyToken() const override { return behaviour.any_token; }
    std::unique_ptr<dispatch::Session> open(store::Credential credential, const std::string&,
                                            dispatch::SessionHooks) const override {
        if (credential.content == "broken") throw std::runtime_error("it is broken");
        return std::make_unique<FakeSession>(behaviour);
    }

  private:
    const std::string name_ = "push";
};

}  // namespace postbell::testing
