// SPDX-License-Identifier: Apache-2.0
// Work on a loop that ends with its owner.
#pragma once
#include <memory>
#include <utility>

#include "engine/loop.h"
#include "util/insist.h"

namespace postbell::engine {

/// A member of the class whose work it schedules: work that has not run when the scope is destroyed
/// never runs, so it may capture the owner. (A Timer keeps the same promise for itself.) Confined
/// to the loop's thread, destruction included, apart from post() and what callback() makes.
class WorkScope {
  public:
    /// `loop` must outlive the scope, and every callback.
    explicit WorkScope(Loop& loop) : loop_(loop) {}
    WorkScope(const WorkScope&) = delete;
    WorkScope& operator=(const WorkScope&) = delete;

    /// As Loop::post(). From any thread, as long as the scope lives.
    template <class Work>
    void post(Work work) {
        util::insist([&] { loop_.post(scoped(work)); });
    }
    /// As Loop::atEndOfTurn().
    template <class Work>
    void atEndOfTurn(Work work) {
        util::insist([&] { loop_.atEndOfTurn(scoped(work)); });
    }
    /// A function that posts `work` with its arguments. Any thread may call it at any time, also
    /// when the scope is gone.
    template <class Work>
    auto callback(Work work) {
        return [&loop = loop_, owner = std::weak_ptr<Owner>(owner_),
                work = std::move(work)](const auto&... arguments) {
            util::insist([&] {
                loop.post([owner, work, arguments...] {
                    if (!owner.expired()) work(arguments...);
                });
            });
        };
    }

  private:
    struct Owner {};

    template <class Work>
    auto scoped(Work work) {
        return [owner = std::weak_ptr<Owner>(owner_), work = std::move(work)] {
            if (!owner.expired()) work();
        };
    }

    Loop& loop_;
    std::shared_ptr<Owner> owner_ = std::make_shared<Owner>();  // shared with scheduled work
};

}  // namespace postbell::engine
