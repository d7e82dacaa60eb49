// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

namespace postbell::dispatch {

/// An origin whose gate is closed, and the reason.
struct FailingOrigin {
    std::string origin, why;
};

}  // namespace postbell::dispatch
