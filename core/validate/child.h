// SPDX-License-Identifier: Apache-2.0
// Code that may do anything, in a process of its own.
#pragma once
#include <functional>
#include <string>

#include "util/time.h"

namespace postbell::validate {

struct ChildEnd {
    /// Empty: `body` returned. Else what it threw, how it ended the process, or that it did not
    /// return in time.
    std::string sin;
    bool timed_out = false;
};

/// Runs `body` in a child process, for at most `limit`. What it prints goes to standard error. To
/// be called while this process has no other thread.
ChildEnd inChild(const std::function<void()>& body, util::Milliseconds limit);

}  // namespace postbell::validate
