// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace postbell::dispatch {

/// How an origin stands with those who share out connections.
enum class Standing {
    Unproven,  ///< it was not seen to answer soon
    Prompt,    ///< its last answer came soon
};

}  // namespace postbell::dispatch
