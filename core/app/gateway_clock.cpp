// SPDX-License-Identifier: Apache-2.0
#include "app/gateway_clock.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <string>

#include <unistd.h>

#include "util/file_descriptor.h"
#include "util/new_file.h"

namespace postbell::app {
namespace {

/// When the clock was started for the first time; `now` if that is now.
util::WallTime firstStart(const std::filesystem::path& file, util::WallTime now) {
    const util::FileDescriptor made(util::newFile(file, 0600));
    if (made) {
        const std::string text = std::to_string(util::toMs(now)) + "\n";
        if (::write(made.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()))
            return now;
        ::unlink(file.c_str());
    } else if (errno == EEXIST) {
        std::int64_t started_ms = 0;
        // The machine's clock may have been set back meanwhile.
        if (std::ifstream(file) >> started_ms && started_ms > 0)
            return std::min(util::fromMs(started_ms), now);
        throw std::runtime_error("the file " + file.string() +
                                 " does not say when the fast clock began: remove it");
    }
    throw std::runtime_error("the file " + file.string() +
                             " for the fast clock cannot be made: " + std::strerror(errno));
}

}  // namespace

GatewayClock::GatewayClock(double speed, const std::filesystem::path& database) : clock_(speed) {
    if (speed == 1.0) return;
    const util::WallTime now = util::SystemClock().wall();  // not by the fast one: it runs
    const util::Milliseconds running =
        now - firstStart(std::filesystem::path(database).concat(".clock"), now);
    ahead_ = clock_.ofReal(running) - running;
}

}  // namespace postbell::app
