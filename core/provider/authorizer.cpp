// SPDX-License-Identifier: Apache-2.0
#include "provider/authorizer.h"

#include <utility>
#include <vector>

#include "engine/pool.h"

namespace postbell::provider {
namespace {

plugin::Authorization fromStored(const store::StoredAuthorization& stored) {
    plugin::Authorization authorization;
    authorization.name = stored.name;
    authorization.value = stored.value;
    authorization.renew = stored.renew_at;
    authorization.expires = stored.expires_at;
    authorization.not_renewed_before = stored.not_renewed_before;
    return authorization;
}

store::StoredAuthorization toStored(const plugin::Authorization& authorization) {
    return {authorization.name, authorization.value, authorization.renew, authorization.expires,
            authorization.not_renewed_before};
}

}  // namespace

/// One at a time, however many pushes wait for it.
class Authorizer::Exchange final : public engine::AnswerSink {
  public:
    Exchange(Authorizer& authorizer, plugin::HttpRequest request)
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
    Authorizer& authorizer_;
    const plugin::HttpRequest request_;
    std::unique_ptr<engine::Pool> pool_;
};

Authorizer::Authorizer(OpenCredential& credential, Hooks hooks, store::StoredAuthorization stored,
                       const util::Clock& clock)
    : credential_(credential),
      hooks_(std::move(hooks)),
      clock_(clock),
      held_(std::move(stored)),
      keeper_(clock, fromStored(held_)) {}

Authorizer::~Authorizer() = default;

Authorizer::Authorized Authorizer::authorize() {
    using Next = plugin::AuthorizationKeeper::Next;
    const Next wanted = keeper_.next();
    if (wanted == Next::Ask || wanted == Next::Renew) {
        const bool taken = take(credential_.authorize(clock_.wall()));
        // No end of an exchange will tell why the pushes wait.
        if (!taken && hooks_.on_authorized) hooks_.on_authorized();
    }
    switch (keeper_.next()) {
        case Next::Present:
        case Next::Renew:
            return Authorized::Yes;
        case Next::Ask:
        case Next::Wait:
            return Authorized::Pending;
        case Next::Refused:
            return Authorized::Refused;
    }
    return Authorized::Pending;
}

bool Authorizer::take(plugin::AuthorizationAnswer answer) {
    using Kind = plugin::AuthorizationAnswer::Kind;
    switch (answer.kind) {
        case Kind::Given:
            if (!keeper_.given(std::move(answer.authorization))) return false;
            held_ = toStored(keeper_.held());
            if (!keeper_.held().none_needed && hooks_.keep) hooks_.keep(held_);
            return true;
        case Kind::Exchange:
            return begin(answer.exchange);
        case Kind::Refused:
            keeper_.refuse(std::move(answer.problem));
            return true;
        case Kind::NotNow:
            keeper_.postpone(std::move(answer.problem), answer.retry_after);
            return false;
    }
    return false;
}

bool Authorizer::begin(const plugin::HttpRequest& exchange) {
    if (!credential_.provider().allows(exchange.origin)) {
        keeper_.refuse("the credential names " + exchange.origin +
                       " as its authorization server, which is neither the network's own nor in "
                       "allowed_origins");
        return true;
    }
    if (!keeper_.mayExchange()) return false;
    try {
        exchange_ = std::make_unique<Exchange>(*this, exchange);
        keeper_.exchangeBegun();
        exchange_->send();
        return true;
    } catch (const std::exception& e) {
        // No connection can be opened now: a CA file that is away, no descriptors left.
        exchange_.reset();
        keeper_.exchangeEnded();
        keeper_.postpone(e.what(), util::Milliseconds::zero());
        return false;
    }
}

void Authorizer::exchanged(const engine::Answer& answer) {
    const std::unique_ptr<Exchange> done = std::move(exchange_);
    if (encoding_)
        kept_.emplace(answer);
    else
        read(answer);
}

void Authorizer::encoderDone() {
    encoding_ = false;
    if (const auto answer = std::exchange(kept_, std::nullopt)) read(answer->view());
}

void Authorizer::read(const engine::Answer& answer) {
    keeper_.exchangeEnded();
    take(credential_.authorized(answer, clock_.wall()));
    if (hooks_.on_authorized) hooks_.on_authorized();
}

void Authorizer::retire() {
    exchange_.reset();
    kept_.reset();
    keeper_.exchangeEnded();
    hooks_ = {};
}

}  // namespace postbell::provider
