// SPDX-License-Identifier: Apache-2.0
#include "provider/credential_authorizer.h"

#include <exception>
#include <utility>
#include <vector>

#include "engine/pool.h"

namespace postbell::provider {
namespace {

plugin::Authorization fromStored(const store::AuthorizationHeader& stored) {
    plugin::Authorization authorization;
    authorization.name = stored.name;
    authorization.value = stored.value;
    authorization.renew = stored.renew_at;
    authorization.expires = stored.expires_at;
    authorization.not_renewed_before = stored.not_renewed_before;
    authorization.given = stored.given_at;
    return authorization;
}

store::AuthorizationHeader headerOf(const plugin::Authorization& authorization) {
    return {authorization.name,
            authorization.value,
            authorization.renew,
            authorization.expires,
            authorization.not_renewed_before,
            authorization.given};
}

store::StoredAuthorization toStored(const plugin::AuthorizationKeeper& keeper) {
    return {headerOf(keeper.held()), headerOf(keeper.earlier())};
}

}  // namespace

/// One at a time, however many pushes wait for it.
class CredentialAuthorizer::Exchange final : public engine::AnswerSink {
  public:
    Exchange(CredentialAuthorizer& authorizer, plugin::HttpRequest request)
        : authorizer_(authorizer), request_(std::move(request)) {
        pool_ = authorizer.hooks_.open_pool(request_.origin, *this);
    }

    void send() {
        std::vector<engine::Header> headers;
        for (const auto& [name, value] : request_.headers)
            headers.push_back({name, value, true, true});
        pool_->submit({request_.method, request_.path, headers, request_.body}, 0);
    }
    void answered(std::uint64_t, const engine::Answer& answer) override {
        authorizer_.exchanged(answer);  // destroys this
    }
    void ready() override {}

  private:
    CredentialAuthorizer& authorizer_;
    const plugin::HttpRequest request_;
    std::unique_ptr<engine::Pool> pool_;
};

CredentialAuthorizer::CredentialAuthorizer(OpenCredential& credential, Hooks hooks,
                                           store::StoredAuthorization stored,
                                           const util::Clock& clock)
    : credential_(credential),
      hooks_(std::move(hooks)),
      clock_(clock),
      held_(std::move(stored)),
      authorizer_(*this, clock, fromStored(held_), fromStored(held_.earlier)) {
    if (keeper().returnToEarlier()) held_ = toStored(keeper());
}

CredentialAuthorizer::~CredentialAuthorizer() = default;

CredentialAuthorizer::Authorized CredentialAuthorizer::authorize() {
    using Next = plugin::AuthorizationKeeper::Next;
    const std::uint64_t before = keeper().number();
    const auto result = authorizer_.obtain();
    keepNew(before);
    // No end of an exchange will tell why the pushes wait.
    if (result != plugin::Authorizer::Result::Taken && hooks_.on_authorized) hooks_.on_authorized();
    switch (keeper().next()) {
        case Next::Present:
        case Next::Renew:
            return isBeingKept() ? Authorized::Pending : Authorized::Yes;
        case Next::Ask:
        case Next::Wait:
            return Authorized::Pending;
        case Next::Refused:
            return Authorized::Refused;
    }
    return Authorized::Pending;
}

void CredentialAuthorizer::keepNew(std::uint64_t before) {
    if (keeper().number() == before) return;
    held_ = toStored(keeper());
    if (keeper().held().none_needed || !hooks_.keep) return;
    const auto being_kept = std::make_shared<bool>(util::isSet(held_.not_renewed_before));
    being_kept_ = being_kept;
    hooks_.keep(held_, [being_kept, on_authorized = hooks_.on_authorized] {
        if (std::exchange(*being_kept, false) && on_authorized) on_authorized();
    });
}

plugin::AuthorizationAnswer CredentialAuthorizer::ask() {
    return credential_.authorize(clock_.wall());
}

std::string CredentialAuthorizer::originBreach(const std::string& origin) const {
    if (credential_.provider().allows(origin)) return {};
    return "the credential names " + origin +
           " as its authorization server, which is neither the network's own nor in "
           "allowed_origins";
}

void CredentialAuthorizer::send(plugin::HttpRequest exchange) {
    auto sent = std::make_unique<Exchange>(*this, std::move(exchange));
    sent->send();
    exchange_ = std::move(sent);
}

void CredentialAuthorizer::exchanged(const engine::Answer& answer) {
    const std::unique_ptr<Exchange> done = std::move(exchange_);
    if (!encoding_) return ended([&] { return read(answer); });
    try {
        kept_.emplace(answer);
    } catch (const std::exception& e) {
        plugin::AuthorizationAnswer lost;
        lost.problem = e.what();
        ended([&] { return lost; });
    }
}

void CredentialAuthorizer::encoderDone() {
    encoding_ = false;
    if (const auto answer = std::exchange(kept_, std::nullopt))
        ended([&] { return read(answer->view()); });
}

plugin::AuthorizationAnswer CredentialAuthorizer::read(const engine::Answer& answer) {
    return credential_.authorized(answer, clock_.wall());
}

void CredentialAuthorizer::ended(const std::function<plugin::AuthorizationAnswer()>& word) {
    const std::uint64_t before = keeper().number();
    static_cast<void>(authorizer_.exchanged(word));
    keepNew(before);
    if (hooks_.on_authorized) hooks_.on_authorized();
}

void CredentialAuthorizer::retire() {
    exchange_.reset();
    kept_.reset();
    keeper().exchangeEnded();
    if (being_kept_) *being_kept_ = false;
    hooks_ = {};
}

}  // namespace postbell::provider
