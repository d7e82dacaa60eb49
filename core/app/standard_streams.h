// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace postbell::app {

/// Opens /dev/null on those of the descriptors 0 to 2 that are closed at the start: else the next
/// file opened would be standard error, and be written into.
void openStandardStreams();

}  // namespace postbell::app
