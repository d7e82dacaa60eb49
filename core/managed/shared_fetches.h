// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <list>
#include <vector>

#include "engine/work_scope.h"
#include "managed/http_client.h"

namespace postbell::managed {

/// Sends requests that several callers need at once: equal ones share one exchange, and its answer.
/// Confined to the loop's thread. The references must outlive it, and the client must have been
/// stopped before it is destroyed.
class SharedFetches {
  public:
    using Done = std::function<void(const HttpAnswer&)>;
    SharedFetches(HttpClient& http, engine::Loop& loop);

    /// `done` is called once, later. An exchange that has taken `patience` already is not joined.
    void send(HttpCall call, util::Milliseconds patience, Done done);

  private:
    struct Fetch {
        HttpCall call;
        util::SteadyTime begun;
        std::vector<Done> waiting;
    };
    using Place = std::list<Fetch>::iterator;

    void answered(Place place, const HttpAnswer& answer);

    HttpClient& http_;
    engine::Loop& loop_;
    std::list<Fetch> under_way_;
    engine::WorkScope work_;
};

}  // namespace postbell::managed
