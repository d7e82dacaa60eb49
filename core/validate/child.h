// SPDX-License-Identifier: Apache-2.0
// Code that may do anything, in a process of its own.
#pragma once
#include <functional>
#include <string>

#include "util/time.h"

namespace postbell::validate {

/// Runs `body` in a child process. Empty: it returned. Else a sentence: what it threw, by which
/// signal it ended, or that it did not return within `limit`. To be called while this process has
/// no other thread.
std::string inChild(const std::function<void()>& body, util::Milliseconds limit);

}  // namespace postbell::validate
