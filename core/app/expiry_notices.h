// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>

#include "util/time.h"

namespace postbell::app {

/// So long before an end its owner wants to know of it, to renew it.
constexpr std::chrono::days kEndsSoon{14};
/// Of a credential: when it began is not stored.
constexpr util::Milliseconds kLongLifetime = util::Milliseconds::max();

/// `notice`, or a third of the lifetime if that is less: certificates of days or weeks are renewed
/// that late.
util::Milliseconds noticeBeforeEnd(util::Milliseconds notice, util::Milliseconds lifetime);

/// When the end of a credential or certificate is worth a line in the log: 30, 14, 7 and 1 days
/// ahead (see noticeBeforeEnd), and when it has come; once each, in however many calls. Not
/// thread-safe.
class ExpiryNotices {
  public:
    /// `name`: of the certificate or credential, the same in each call. `left`: until its end.
    bool due(const std::string& name, util::Milliseconds left,
             util::Milliseconds lifetime = kLongLifetime);

  private:
    std::map<std::string, std::chrono::days> announced_;
};

}  // namespace postbell::app
