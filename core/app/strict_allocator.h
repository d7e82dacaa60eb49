// SPDX-License-Identifier: Apache-2.0
// An allocator that notices faults that a fast one misses.
#pragma once

namespace postbell::app {

/// Starts this program again, with the same arguments and with the C library's own allocator in
/// place of the gateway's, in the form that ends the process at a second free() and at a write
/// behind a block (mallopt(3), M_CHECK_ACTION), and fills freed memory. Returns if the program runs
/// so already, or if the system lacks the library. Nothing may have been read that cannot be read
/// again.
void restartWithStrictAllocator();

}  // namespace postbell::app
