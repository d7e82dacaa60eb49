// SPDX-License-Identifier: Apache-2.0
// Work on a loop that ends with its owner.
#pragma once
#include <memory>
#include <mutex>
#include <utility>

#include "engine/loop.h"
#include "util/insist.h"

namespace postbell::engine {

/// A member of the class whose work it schedules: work that has not run when the scope is destroyed
/// never runs, so it may capture the owner. (A Timer keeps the same promise for itself.) Confined
/// to the loop's thread, destruction included, apart from post() and callback()'s results.
class WorkScope {
  public:
    /// `loop` must outlive the scope.
    explicit WorkScope(Loop& loop) : loop_(loop) {}
    ~WorkScope() {
        const std::lock_guard lock(owner_->loop_mutex);
        owner_->loop = nullptr;
    }
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
    /// when scope and loop are gone.
    template <class Work>
    auto callback(Work work) {
        return [owner = owner_, work = std::move(work)](const auto&... arguments) {
            // As long as there is a scope, there is a loop.
            const std::lock_guard lock(owner->loop_mutex);
            if (owner->loop == nullptr) return;
            util::insist([&] {
                owner->loop->post([owner, work, arguments...] {
                    if (owner->loop != nullptr) work(arguments...);
                });
            });
        };
    }

  private:
    struct Owner {
        explicit Owner(Loop& its_loop) : loop(&its_loop) {}
        std::mutex loop_mutex;
        Loop* loop;  // null: the scope is gone. The loop's thread changes it
    };

    template <class Work>
    auto scoped(Work work) {
        return [owner = owner_, work = std::move(work)] {
            if (owner->loop != nullptr) work();
        };
    }

    Loop& loop_;
    const std::shared_ptr<Owner> owner_ = std::make_shared<Owner>(loop_);  // with scheduled work
};

}  // namespace postbell::engine
