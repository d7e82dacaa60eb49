// SPDX-License-Identifier: Apache-2.0
#include "log/log.h"

#include <exception>

#include "log/line_format.h"
#include "log/log_writer.h"

namespace postbell::log {
namespace {

constexpr util::Milliseconds kCrashPatience{200};

}  // namespace

Log::Log(const Settings& settings)
    : settings_(settings), writer_(std::make_unique<LogWriter>(settings)) {}
Log::~Log() = default;

void Log::write(Level level, std::string_view text, const Field* fields, std::size_t count) {
    if (!enabled(level)) return;
    try {
        writer_->add(formatLine(settings_.format, level, text, fields, count));
    } catch (const std::exception&) {
        // Error handlers log too: a line for which there is no memory is lost, and counted.
        writer_->lose();
    }
}

void Log::reopen() {
    writer_->reopen();
}

bool Log::flush(util::Milliseconds patience) const {
    return writer_->flush(patience);
}

void Log::flushInCrash() const noexcept {
    writer_->flushInCrash(kCrashPatience);
}

std::uint64_t Log::lost() const {
    return writer_->lost();
}

bool Log::failing() const {
    return writer_->failing();
}

}  // namespace postbell::log
