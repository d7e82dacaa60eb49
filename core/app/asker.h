// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "util/time.h"
#include "util/worker_pool.h"

namespace postbell::app {

/// Asks parts of the gateway that may hang: on a thread of its own, one question at a time, and the
/// answer is waited for no longer than the patience. Thread-safe, apart from stop().
class Asker {
  public:
    Asker(const std::string& thread, util::Milliseconds patience)
        : patience_(patience), worker_(1, 1, thread) {}

    /// Nothing: no answer came in time, or an earlier question has none yet. Throws what `question`
    /// throws.
    template <class Answer>
    std::optional<Answer> ask(std::function<Answer()> question) {
        const auto asking = std::make_shared<std::packaged_task<Answer()>>(std::move(question));
        std::future<Answer> answer = asking->get_future();
        std::function<void()> work = [asking] { (*asking)(); };
        if (!worker_.tryPost(work)) return std::nullopt;
        if (answer.wait_for(patience_) != std::future_status::ready) return std::nullopt;
        return answer.get();
    }
    /// Waits for the question that was asked last: afterwards the parts may go.
    void stop() { worker_.stop(); }

  private:
    const util::Milliseconds patience_;
    util::WorkerPool worker_;
};

}  // namespace postbell::app
