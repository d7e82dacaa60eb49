// SPDX-License-Identifier: Apache-2.0
// Inside core/log only: the log's own thread.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "log/log.h"
#include "util/time.h"

namespace postbell::log {

/// Takes lines from all threads, and writes them in their order on a thread of its own: no other
/// waits for a disk, a pipe or a terminal. Lines that cannot be written are kept, within a bound,
/// and tried again; those beyond the bound are lost and counted. Thread-safe.
class LogWriter {
  public:
    /// How often the file's name is looked at: the file's removal sends no signal.
    static constexpr util::Milliseconds kLookAfter{30'000};

    explicit LogWriter(const Settings& settings, util::Milliseconds look_after = kLookAfter);
    /// Waits for the lines that are kept, for a moment only. A thread that a disk holds is left
    /// behind.
    ~LogWriter();
    LogWriter(const LogWriter&) = delete;
    LogWriter& operator=(const LogWriter&) = delete;

    /// Without the line's end.
    void add(std::string line);
    /// Counts a line that could not be made.
    void lose();
    void reopen();
    /// Until all lines added so far are written; false: they were not within `patience`.
    bool flush(util::Milliseconds patience) const;
    /// As flush(), for a signal's handler, which may take no lock and no memory.
    void flushInCrash(util::Milliseconds patience) const noexcept;
    /// Lines that were lost so far.
    std::uint64_t lost() const;
    /// The output cannot be written now.
    bool failing() const;

  private:
    class Work;
    std::shared_ptr<Work> work_;  // the thread's as well, which may be left behind
    std::thread thread_;
};

}  // namespace postbell::log
