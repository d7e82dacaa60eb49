// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>

namespace postbell::dispatch {

/// A moment of the machine's steady clock, whatever the speed of the gateway's: how long a push
/// network takes is real time.
using RealTime = std::chrono::steady_clock::time_point;

}  // namespace postbell::dispatch
