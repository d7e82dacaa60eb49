// SPDX-License-Identifier: Apache-2.0
#include "dispatch/channel/channels.h"

#include <utility>

#include "dispatch/channel/credential_choice.h"
#include "engine/loop.h"
#include "store/credentials.h"
#include "util/exception_text.h"
#include "util/insist.h"

namespace postbell::dispatch {
namespace {

constexpr util::Milliseconds kFirstAgain{1'000}, kMaxAgain = std::chrono::hours(1);
/// Real time: pushes wait no longer until a new authorization is durable.
constexpr util::Milliseconds kKeepPatience{1'000};

}  // namespace

Channels::Channels(const Surroundings& around, store::Environment environment, ChannelOwner& owner,
                   Hooks hooks, PushJournal& journal)
    : around_(around),
      environment_(environment),
      owner_(owner),
      hooks_(std::move(hooks)),
      journal_(journal),
      again_(kFirstAgain, kMaxAgain),
      work_(around.loop) {}

Channels::~Channels() = default;

void Channels::load(const store::App& app, const Network* network) {
    again_timer_ = engine::Timer();
    std::optional<store::Credential> credential;
    try {
        if (network != nullptr)
            credential =
                chooseCredential(around_.credentials, app.id, network->instance(), environment_);
    } catch (const store::UnopenedRow& e) {
        stored_ = true;
        opening_.reset();
        supersede();
        return unusable(e.what());
    }
    stored_ = credential.has_value();
    if (!credential) {
        opening_.reset();
        return supersede();
    }
    const Channel::Upload upload{credential->id, credential->upload};
    if (opening_ && opening_->upload == upload) return;
    opening_.reset();
    if (current_ && current_->upload() == upload) return;
    open(std::move(*credential), app, *network);
}

void Channels::open(store::Credential credential, const store::App& app, const Network& network) {
    const auto opening = std::make_shared<const Opening>(
        Opening{{credential.id, credential.upload},
                network,
                credential.guards[static_cast<std::size_t>(environment_)],
                credential.uploaded_at});
    const std::weak_ptr<const Opening> wanted = opening;
    auto done = work_.callback([this, wanted](const std::shared_ptr<Opened>& result) {
        if (const auto still = wanted.lock()) opened(*still, std::move(*result));
    });
    around_.networks.besideLoop([wanted, done, &network, credential = std::move(credential),
                                 app = app.name, hooks = sessionHooks(opening->upload)] {
        if (wanted.expired()) return;
        util::insist([&] {
            const auto result = std::make_shared<Opened>();
            try {
                result->session = network.open(credential, app, hooks);
            } catch (...) {
                result->problem = util::exceptionText();
            }
            done(result);
        });
    });
    opening_ = opening;
}

void Channels::opened(const Opening& opening, Opened opened) {
    opening_.reset();
    try {
        use(opening, std::move(opened));
    } catch (...) {
        unusable(util::exceptionText());
    }
    hooks_.on_opened();
}

void Channels::use(const Opening& opening, Opened opened) {
    if (!opened.session) {
        supersede();
        return unusable(opened.problem);
    }
    const util::Clock& clock = around_.loop.clock();
    auto next = std::make_unique<Channel>(
        opening.upload, std::move(opened.session),
        CredentialGuard(opening.guard, opening.uploaded_at, {clock.wall(), clock.steady()}),
        opening.network, around_.open_connections, owner_);
    supersede();
    current_ = std::move(next);
    again_.reset();
}

/// A machine without memory or descriptors may have some again.
void Channels::unusable(std::string_view problem) {
    util::insist([&] { again_timer_ = around_.loop.after(again_.next(), hooks_.on_again); });
    journal_.credentialUnusable(problem);
}

SessionHooks Channels::sessionHooks(const Channel::Upload& upload) {
    SessionHooks hooks;
    hooks.on_authorized = hooks_.on_authorized;
    hooks.keep = [this, upload](const store::StoredAuthorization& authorization,
                                const std::function<void()>& kept) {
        // Then the authorization is in use all the same, and after a restart there may be another.
        util::insist([&] {
            keep_timer_ = around_.loop.after(around_.loop.clock().ofReal(kKeepPatience), kept);
        });
        try {
            around_.credentials.saveAuthorization(upload.credential, upload.number, authorization,
                                                  work_.callback(kept));
        } catch (...) {
            journal_.storeAway(util::exceptionText());
        }
    };
    return hooks;
}

void Channels::supersede() {
    if (!current_) return;
    superseded_.reserve(superseded_.size() + 1);  // below, nothing may fail
    current_->supersede();
    superseded_.push_back(std::move(current_));
    closeSupersededSoon();
}

void Channels::closeSupersededSoon() {
    if (superseded_.empty()) return;
    work_.post([this] {
        std::erase_if(superseded_, [](const auto& channel) { return channel->inFlight() == 0; });
    });
}

std::size_t Channels::inFlight() const {
    std::size_t sum = current_ ? current_->inFlight() : 0;
    for (const auto& channel : superseded_) sum += channel->inFlight();
    return sum;
}

}  // namespace postbell::dispatch
