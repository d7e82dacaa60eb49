// SPDX-License-Identifier: Apache-2.0
// The program's signals, in one place.
#pragma once

namespace postbell::app {

/// The first thing that the program does: until its mode is known, a signal to stop or to reload
/// waits. A write to a closed pipe, and one beyond the limit of a file's size, fail with an error,
/// which each place that writes handles; the signal would end the process.
void holdSignals();

/// For commands that end by themselves: a signal ends them, also one that has waited.
void releaseSignals();

/// For the gateway: SIGTERM, SIGINT or SIGHUP, the next one that comes or has waited.
int awaitSignal();

}  // namespace postbell::app
