// SPDX-License-Identifier: Apache-2.0
#include "app/progress_line.h"

#include <unistd.h>

#include <iostream>

namespace postbell::app {
namespace {

constexpr const char* kClearLine = "\r\x1b[K";

}  // namespace

ProgressLine::ProgressLine() : terminal_(::isatty(STDERR_FILENO) == 1) {}

ProgressLine::~ProgressLine() {
    if (shown_) std::cerr << kClearLine << std::flush;
}

void ProgressLine::show(std::int64_t done, std::int64_t total) {
    if (!terminal_ || done == 0) return;
    shown_ = true;
    std::cerr << kClearLine << done;
    if (total > 0) std::cerr << " of " << total;
    std::cerr << std::flush;
}

}  // namespace postbell::app
