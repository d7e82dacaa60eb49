// SPDX-License-Identifier: Apache-2.0
#include "dispatch/dispatcher.h"

#include <chrono>
#include <thread>

namespace postbell::dispatch {

Dispatcher::Dispatcher(engine::Loop& loop, store::Store& store, registry::SeenBuffer& seen,
                       const provider::ProviderHost& providers, prometheus::Registry& registry,
                       log::Log& log, DispatchSettings settings, LifeClockOf life_clock_of,
                       CountReader read_count)
    : loop_(loop),
      store_(store),
      settings_(std::move(settings)),
      metrics_(registry, providers),
      context_{loop,
               store,
               seen,
               providers,
               metrics_,
               log,
               settings_,
               traces_,
               std::move(life_clock_of),
               std::move(read_count),
               [this](store::Settlement s) { settle(std::move(s)); }} {}

Dispatcher::~Dispatcher() {
    loop_.runAndWait([this] { lanes_.clear(); });
}

void Dispatcher::start() {
    loop_.runAndWait([this] {
        started_ = true;
        openLanes(0);
        store_.eachPending(
            [this](const store::Pending& row) { lane(row.app, row.environment).changed(row); });
    });
}

void Dispatcher::drain(std::int64_t deadline_ms) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(deadline_ms);
    loop_.runAndWait([this] {
        for (auto& [key, lane] : lanes_) lane->drain();
    });
    for (bool under_way = true; under_way && std::chrono::steady_clock::now() < deadline;) {
        under_way = false;
        loop_.runAndWait([&] {
            for (const auto& [key, lane] : lanes_) under_way = under_way || lane->inFlight() > 0;
        });
        if (under_way) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    loop_.runAndWait(
        [] {});  // what the last answers settled was handed over at the end of their turn
}

Lane& Dispatcher::lane(store::Id app, store::Environment environment) {
    std::unique_ptr<Lane>& lane = lanes_[{app, environment}];
    if (!lane) lane = std::make_unique<Lane>(context_, app, environment);
    return *lane;
}

void Dispatcher::openLanes(store::Id app) {
    const auto open = [this](store::Id of, store::Environment environment) {
        loop_.post([this, of, environment] { lane(of, environment); });
    };
    for (const store::Credential& credential : store_.listCredentials(app)) {
        if (credential.production) open(credential.app, store::Environment::Production);
        if (credential.sandbox) open(credential.app, store::Environment::Sandbox);
        if (!credential.production && !credential.sandbox)
            open(credential.app, store::Environment::None);
    }
}

void Dispatcher::committed(std::span<const store::Pending> rows,
                           std::span<const store::Settlement> settled) {
    loop_.post([this, rows = std::vector<store::Pending>(rows.begin(), rows.end()),
                settled = std::vector<store::Settlement>(settled.begin(), settled.end())] {
        for (const store::Pending& row : rows) lane(row.app, row.environment).changed(row);
        for (const store::Settlement& s : settled)
            if (const auto found = lanes_.find({s.app, s.environment}); found != lanes_.end())
                found->second->settled(s);
    });
}

void Dispatcher::settle(store::Settlement settlement) {
    if (settlements_.empty())
        loop_.atEndOfTurn([this] {
            store_.settle(std::move(settlements_));
            settlements_.clear();
        });
    settlements_.push_back(std::move(settlement));
}

void Dispatcher::credentialChanged(store::Id app) {
    loop_.post([this, app] {
        for (auto& [key, lane] : lanes_)
            if (key.first == app) lane->reloadCredential();
        if (!started_) return;
        try {
            openLanes(app);
        } catch (const store::StoreError&) {
            // Then the first push opens the lane.
        }
    });
}

void Dispatcher::test(store::PushTarget target, std::int32_t badge,
                      std::function<void(TestOutcome)> done) {
    loop_.post([this, target = std::move(target), badge, done = std::move(done)] {
        lane(target.registration.app->id, target.registration.environment)
            .test(target, badge, done);
    });
}

std::map<store::Environment, std::string> Dispatcher::origins(const store::Credential& listed) {
    std::map<store::Environment, std::string> found;
    auto credential = store_.findCredential(listed.id);
    const auto app = store_.findApp(listed.app);
    const provider::Provider* provider = context_.providers.find(listed.provider);
    if (!credential || !app || provider == nullptr) return found;
    std::vector<store::Environment> environments;
    if (!listed.production && !listed.sandbox) environments.push_back(store::Environment::None);
    if (listed.production) environments.push_back(store::Environment::Production);
    if (listed.sandbox) environments.push_back(store::Environment::Sandbox);
    PushContent content;
    content.id = newPushId();
    content.target.token = std::string(64, '0');
    content.target.registration.app = std::make_shared<const store::App>(*app);
    loop_.runAndWait([&] {
        try {
            provider::CredentialSession session(*provider, std::move(*credential), app->name, {},
                                                loop_.clock());
            for (const store::Environment environment : environments) {
                content.target.registration.environment = environment;
                postbell_http_request request{};
                if (session.request(content.view(), request) && request.origin.ptr != nullptr)
                    found[environment] = std::string(request.origin.ptr, request.origin.len);
            }
        } catch (const std::runtime_error&) {
            // The credential's own line of `check` says why it cannot be used.
        }
    });
    return found;
}

std::vector<LaneStatus> Dispatcher::status() {
    constexpr std::size_t kDevicesAtOnce = 4'096;
    std::vector<LaneStatus> all;
    std::vector<std::pair<const Lane*, std::size_t>> busy;  // lanes live as long as this
    loop_.runAndWait([&] {
        for (const auto& [key, lane] : lanes_) {
            if (!lane->idle()) busy.emplace_back(lane.get(), all.size());
            all.push_back(lane->status());
        }
    });
    for (const auto& [lane, index] : busy) {
        std::size_t position = 0;
        for (bool more = true; more;)
            loop_.runAndWait([&, counted = lane, at = index] {
                more = counted->countWaiting(position, kDevicesAtOnce, all[at]);
            });
    }
    // An admin removed the app or the credential, and nobody waits for another.
    std::erase_if(all, [](const LaneStatus& lane) { return !lane.stored && lane.waiting == 0; });
    return all;
}

}  // namespace postbell::dispatch
