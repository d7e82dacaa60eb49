// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>

#include "util/time.h"

namespace postbell::app {

/// When the end of a credential or certificate is worth a line in the log: 30, 14, 7 and 1 days
/// ahead, and when it has come; once each, in however many calls. Not thread-safe.
class ExpiryNotices {
  public:
    /// `name`: of the certificate or credential, the same in each call. `left`: until its end.
    bool due(const std::string& name, util::Milliseconds left);

  private:
    std::map<std::string, std::chrono::days> announced_;
};

}  // namespace postbell::app
