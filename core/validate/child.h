// SPDX-License-Identifier: Apache-2.0
// Code that may do anything, in a process of its own.
#pragma once
#include <functional>
#include <string>

#include "util/time.h"

namespace postbell::validate {

struct ChildEnd {
    /// Empty: `body` returned. Else a sentence: the exception that `body` threw, how the process
    /// ended, or that the time was over.
    std::string sin;
    bool timed_out = false;
};

/// Runs `body` in a child process, for at most `limit`; the child's standard output goes to
/// standard error. To be called while this process has no other thread.
ChildEnd inChild(const std::function<void()>& body, util::Milliseconds limit);

}  // namespace postbell::validate
