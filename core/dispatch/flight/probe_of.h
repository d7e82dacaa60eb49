// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace postbell::dispatch {

/// The closed guard or gate that let a push out as its probe. Neither: an ordinary push.
struct ProbeOf {
    bool guard = false;  ///< of a paused credential
    bool gate = false;   ///< of an origin that fails
};

}  // namespace postbell::dispatch
