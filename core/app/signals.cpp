// SPDX-License-Identifier: Apache-2.0
#include "app/signals.h"

#include <pthread.h>
#include <signal.h>
#include <time.h>

#include <initializer_list>

namespace postbell::app {
namespace {

/// Blocked in every thread, and taken by the main thread alone.
sigset_t heldSignals() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
    return signals;
}

}  // namespace

void holdSignals() {
    for (const int ignored :
         {SIGPIPE, SIGXFSZ, SIGXCPU, SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGIO, SIGPWR})
        signal(ignored, SIG_IGN);
    for (int ignored = SIGRTMIN; ignored <= SIGRTMAX; ++ignored) signal(ignored, SIG_IGN);
    const sigset_t signals = heldSignals();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

void releaseSignals() {
    const sigset_t signals = heldSignals();
    pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

int awaitSignal() {
    const sigset_t signals = heldSignals();
    int signal = 0;
    while (sigwait(&signals, &signal) != 0) {
    }
    if (signal != SIGHUP) return signal;
    // The kernel gives the lower number first.
    sigset_t stops;
    sigemptyset(&stops);
    for (const int stop : {SIGTERM, SIGINT}) sigaddset(&stops, stop);
    const timespec at_once{};
    const int stop = sigtimedwait(&stops, nullptr, &at_once);
    return stop > 0 ? stop : signal;
}

}  // namespace postbell::app
