// SPDX-License-Identifier: Apache-2.0
// Desks of a store in memory, which may be in trouble. Used on one thread, or on the loop's.
#pragma once
#include <map>
#include <stdexcept>
#include <vector>

#include "store/credentials.h"
#include "support/empty_directory.h"
#include "support/empty_events.h"

namespace postbell::testing {

/// What a desk of the store does instead of answering.
enum class Trouble {
    None,
    Away,      ///< the store cannot be read
    Broken,    ///< an exception that is no StoreError
    Unopened,  ///< the row's sealed value does not open
};
inline void meet(Trouble trouble) {
    switch (trouble) {
        case Trouble::None:
            return;
        case Trouble::Away:
            throw store::StoreError("the disk is full");
        case Trouble::Broken:
            throw std::logic_error("a cell is no JSON");
        case Trouble::Unopened:
            throw store::UnopenedRow("row 1 does not open");
    }
}

/// Keeps push targets; notes settlements.
class FakeEvents final : public EmptyEvents {
  public:
    std::map<store::Id, store::PushTarget> targets;  ///< by registration
    std::vector<store::Pending> pending;
    std::vector<store::Settlement> settled;
    unsigned settle_calls = 0;
    std::vector<store::BadgeShare> shares;
    std::vector<store::Id> proofs;  ///< devices, as they were proven
    Trouble trouble = Trouble::None;
    Trouble trouble_settling = Trouble::None;

    void settle(const std::vector<store::Settlement>& settlements) override {
        ++settle_calls;
        meet(trouble_settling);
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
    void saveGuard(store::Id id, std::int64_t upload, store::Environment environment,
                   const store::GuardState& state) override {
        if (trouble_of == 0) meet(trouble);
        guards.push_back(state);
        for (store::Credential& one : all)
            if (one.id == id && one.upload == upload)
                one.guards[static_cast<std::size_t>(environment)] = state;
    }
    std::vector<std::function<void()>> authorizations_durable;  ///< to be called by the test
    void saveAuthorization(store::Id, std::int64_t, const store::StoredAuthorization&,
                           std::function<void()> durable) override {
        authorizations_durable.push_back(std::move(durable));
    }
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

}  // namespace postbell::testing
