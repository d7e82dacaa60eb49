// SPDX-License-Identifier: Apache-2.0
// The answers of the plugin in fake_managed_plugin.cpp; shared by the plugin and the test that has
// loaded it, in one process.
#pragma once
#include <cstdint>
#include <functional>

#include "support/scripted_plugin.h"

namespace postbell::testing {

/// The defaults make a backend whose tasks are done at once, without an authorization.
struct ManagedScript {
    std::function<postbell_status(postbell_authorization&)> authorize;
    std::function<postbell_status(const postbell_response&, postbell_authorization&)> authorized;
    std::function<postbell_status(const postbell_task&)> open;
    std::function<postbell_status(const postbell_response*, postbell_step&)> step;
    int open_tasks = 0;
};

}  // namespace postbell::testing
