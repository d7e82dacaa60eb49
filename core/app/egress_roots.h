// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <mutex>
#include <string>

#include "config/config.h"
#include "log/log.h"
#include "util/trusted_roots.h"

namespace postbell::app {

/// Tells in the log whether `[egress] ca_file` can be used, at the start and whenever that changes.
/// The clients of the engine and of managed backends follow the file themselves. Thread-safe.
class EgressRoots {
  public:
    /// The references must outlive it.
    EgressRoots(const config::EgressConfig& egress, log::Log& log)
        : file_(egress.ca_file), log_(log), roots_(egress.ca_file) {}

    /// To be called about each minute: a file that is the same costs a system call.
    void look();
    /// As look(), and tells of trouble again. False: the file cannot be used.
    bool reload();

  private:
    enum class Tell { News, AllTrouble };
    void lookLocked(Tell tell);
    void tellTrouble(const std::string& problem);

    const std::string file_;
    log::Log& log_;
    util::TrustedRoots roots_;
    std::mutex told_mutex_;           // guards the next two
    util::TrustedRoots::Store told_;  // null: no state of the file could be used
    std::string told_problem_;
};

}  // namespace postbell::app
