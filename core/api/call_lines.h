// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <initializer_list>
#include <map>
#include <mutex>
#include <string_view>

#include "log/log.h"
#include "store/records/records.h"
#include "util/clock.h"

namespace postbell::api {

/// The lines of the log about calls that devices made. Whoever has an app's enrolment key causes
/// them at will, so an app has its share of lines a minute at `info`; those beyond are at `debug`,
/// and the app's next line at `info` says how many (`suppressed`). Thread-safe.
class CallLines {
  public:
    /// Of an app, within a minute.
    static constexpr std::size_t kMaxLines = 60;

    CallLines(const util::Clock& clock, log::Log& log) : clock_(clock), log_(log) {}

    void write(store::Id app, std::string_view sentence, std::initializer_list<log::Field> fields);

  private:
    /// Of an app: admins alone make apps, so they are few.
    struct Share {
        util::SteadyTime since;
        std::size_t lines = 0;
        std::size_t suppressed = 0;
    };
    /// False: the share is used up.
    bool admit(store::Id app, std::size_t& suppressed);

    const util::Clock& clock_;
    log::Log& log_;
    std::mutex shares_mutex_;
    std::map<store::Id, Share> shares_;
};

}  // namespace postbell::api
