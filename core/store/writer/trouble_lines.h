// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>

#include "log/log.h"
#include "log/seldom.h"
#include "util/real_time.h"

namespace postbell::store {

/// The log's lines on a database that cannot be written, and on the end of that. A full disk still
/// takes a small write now and then: the end is told once writes have succeeded for a while, and no
/// more than a minute has two lines. Confined to the writer's thread.
class TroubleLines {
  public:
    /// Without a failure for so long, the trouble is over.
    static constexpr std::chrono::seconds kQuiet{10};

    explicit TroubleLines(log::Log& log) : log_(log) {}

    void failed(std::string_view reason, util::RealTime now) {
        failed_at_ = now;
        works_ = false;
        if (told_) return;
        told_ = true;
        told_at_ = now;
        log_.error("the database cannot be written; mail servers are asked to try again",
                   {{"reason", reason}});
    }
    /// A write is on disk.
    void succeeded() { works_ = true; }
    /// When look() is to be called; util::RealTime::max(): there is nothing to tell.
    util::RealTime due() const {
        if (!told_ || !works_) return util::RealTime::max();
        return std::max(told_at_ + log::kRepeatPause, failed_at_ + kQuiet);
    }
    void look(util::RealTime now) {
        if (now < due()) return;
        told_ = false;
        log_.info("the database can be written again");
    }

  private:
    log::Log& log_;
    bool told_ = false;   // that the database cannot be written
    bool works_ = false;  // a write has succeeded since the last one that failed
    util::RealTime told_at_, failed_at_;
};

}  // namespace postbell::store
