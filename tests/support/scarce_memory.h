// SPDX-License-Identifier: Apache-2.0
// Memory that runs short at one allocation. The test program needs scarce_memory.cpp.
#pragma once

namespace postbell::testing {

/// While it lives, one allocation of its thread fails: that after `granted` others.
class ScarceMemory {
  public:
    explicit ScarceMemory(int granted);
    ~ScarceMemory();
    ScarceMemory(const ScarceMemory&) = delete;
    ScarceMemory& operator=(const ScarceMemory&) = delete;

    /// The allocation has failed.
    static bool ranShort();
};

}  // namespace postbell::testing
