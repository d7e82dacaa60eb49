// SPDX-License-Identifier: Apache-2.0
// The program's signals, in one place.
#pragma once

namespace postbell::app {

/// Before anything that takes time, constructors of libraries included: until the program's mode is
/// known, a signal to stop or to reload waits. A write to a closed pipe, and one beyond the limit
/// of a file's size, fail with an error, which each place that writes handles; the signal would end
/// the process. So would signals that mean nothing here, such as SIGUSR1, which other daemons take
/// for a word of their own.
void holdSignals();

/// For commands that end by themselves: a signal ends them, also one that has waited.
void releaseSignals();

/// For the gateway: SIGTERM, SIGINT or SIGHUP, the next one that comes or has waited; of several
/// that have, one to stop.
int awaitSignal();

}  // namespace postbell::app
