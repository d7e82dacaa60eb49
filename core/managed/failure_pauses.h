// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>

#include "managed/task.h"
#include "util/backoff.h"

namespace postbell::managed {

/// The pauses after failures in a row, of one mailbox or of a whole instance. Confined to one
/// thread.
class FailurePauses {
  public:
    /// `failures`: from 1.
    util::Milliseconds after(std::uint32_t failures, TaskResult::Kind result) {
        return (result == TaskResult::Kind::Retry ? retries_ : refusals_).after(failures);
    }

  private:
    util::Backoff retries_{std::chrono::seconds(2), std::chrono::minutes(15)};
    // A refusal seldom ends by itself.
    util::Backoff refusals_{std::chrono::minutes(5), std::chrono::hours(6)};
};

}  // namespace postbell::managed
