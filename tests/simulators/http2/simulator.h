// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

#include "network.h"
#include "options.h"

namespace http2_simulator {

using MakeNetwork =
    std::function<std::unique_ptr<Network>(const Options& options, SimulatedClock& clock)>;

/// The whole program: options, sockets, one line of JSON when it is ready, and the end at SIGTERM.
/// Returns the exit code. `defaults` are what differs from network to network.
int runSimulator(int argc, char** argv, const Options& defaults, const MakeNetwork& make);

}  // namespace http2_simulator
