// SPDX-License-Identifier: Apache-2.0
#include "managed/shared_fetches.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace postbell::managed {
namespace {

bool isEqual(const HttpCall& a, const HttpCall& b) {
    const auto members = [](const HttpCall& call) {
        return std::tie(call.method, call.origin, call.path, call.body, call.headers);
    };
    return members(a) == members(b);
}

}  // namespace

SharedFetches::SharedFetches(HttpClient& http, engine::Loop& loop)
    : http_(http), loop_(loop), work_(loop) {}

void SharedFetches::send(HttpCall call, util::Milliseconds patience, Done done) {
    const util::SteadyTime now = loop_.clock().steady();
    const auto found = std::ranges::find_if(under_way_, [&](const Fetch& fetch) {
        return now - fetch.begun < patience && isEqual(fetch.call, call);
    });
    if (found != under_way_.end()) return found->waiting.push_back(std::move(done));
    const Place place = under_way_.emplace(under_way_.end(), Fetch{call, now, {}});
    place->waiting.push_back(std::move(done));
    http_.send(std::move(call), work_.callback([this, place](const HttpAnswer& answer) {
        answered(place, answer);
    }));
}

void SharedFetches::answered(Place place, const HttpAnswer& answer) {
    // Away first: a caller may send again.
    const std::vector<Done> waiting = std::move(place->waiting);
    under_way_.erase(place);
    for (const Done& done : waiting) done(answer);
}

}  // namespace postbell::managed
