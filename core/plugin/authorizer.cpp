// SPDX-License-Identifier: Apache-2.0
#include "plugin/authorizer.h"

#include <exception>
#include <utility>

namespace postbell::plugin {

Authorizer::Result Authorizer::obtain() {
    using Next = AuthorizationKeeper::Next;
    const Next next = keeper_.next();
    if (next != Next::Ask && next != Next::Renew) return Result::Taken;
    if (keeper_.returnToEarlier()) return Result::Taken;
    return take(client_.ask(), Source::Plugin);
}

Authorizer::Result Authorizer::exchanged(const std::function<AuthorizationAnswer()>& read) {
    // First, or an answer that cannot be read would silence the credential for ever.
    keeper_.exchangeEnded();
    try {
        return take(read(), Source::Exchange);
    } catch (const std::exception& e) {
        return failed(e);
    }
}

Authorizer::Result Authorizer::take(AuthorizationAnswer answer, Source source) {
    using Kind = AuthorizationAnswer::Kind;
    switch (answer.kind) {
        case Kind::Given:
            if (source == Source::Plugin && keeper_.wantsAnother(answer.authorization))
                return take(client_.ask(), Source::Plugin);
            return keeper_.given(std::move(answer.authorization)) ? Result::Taken : Result::Useless;
        case Kind::Exchange:
            return begin(std::move(answer.exchange));
        case Kind::Refused:
            keeper_.refuse(std::move(answer.problem));
            return Result::Taken;
        case Kind::NotNow:
            keeper_.postpone(std::move(answer.problem), answer.retry_after);
            return Result::NotNow;
    }
    return Result::NotNow;
}

Authorizer::Result Authorizer::begin(HttpRequest exchange) {
    if (std::string breach = client_.originBreach(exchange.origin); !breach.empty()) {
        keeper_.refuse(std::move(breach));
        return Result::Taken;
    }
    if (!keeper_.mayExchange()) return Result::Useless;
    keeper_.exchangeBegun();
    try {
        client_.send(std::move(exchange));
        return Result::Taken;
    } catch (const std::exception& e) {
        keeper_.exchangeEnded();
        return failed(e);
    }
}

Authorizer::Result Authorizer::failed(const std::exception& e) {
    keeper_.postpone(e.what(), util::Milliseconds::zero());
    return Result::NotNow;
}

}  // namespace postbell::plugin
