// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace postbell::app {

/// The gateway's version, from the build.
inline constexpr const char* kVersion = POSTBELL_VERSION;

}  // namespace postbell::app
