// SPDX-License-Identifier: Apache-2.0
#include "app/gateway_clock.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <string>
#include <system_error>

#include "util/new_file.h"
#include "util/regular_file.h"

namespace postbell::app {
namespace {

constexpr std::size_t kMaxFileBytes = 64;

/// When the clock was started for the first time; `now` if that is now.
util::WallTime firstStart(const std::filesystem::path& file, util::WallTime now) {
    const std::error_code error =
        util::writeNewFile(file, std::to_string(util::toMs(now)) + "\n", 0600);
    if (!error) return now;
    if (error != std::errc::file_exists)
        throw std::runtime_error("the file " + file.string() +
                                 " for the fast clock cannot be made: " + error.message());
    const auto read = util::readRegularFile(file, kMaxFileBytes);
    if (!read)
        throw std::runtime_error("the file " + file.string() + " of the fast clock " +
                                 read.problem());
    std::int64_t started_ms = 0;
    std::from_chars(read->bytes.data(), read->bytes.data() + read->bytes.size(), started_ms);
    // The machine's clock may have been set back meanwhile.
    if (started_ms > 0) return std::min(util::fromMs(started_ms), now);
    throw std::runtime_error("the file " + file.string() +
                             " does not say when the fast clock began: remove it");
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
