// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>

#include "store/records.h"
#include "util/time.h"

namespace postbell::app {

/// When the end of a credential is worth a line in the log: 30, 14, 7 and 1 days ahead, and when it
/// has come; once each, in however many calls. Not thread-safe.
class ExpiryNotices {
  public:
    /// `left`: from now to the credential's end.
    bool due(store::Id credential, util::Milliseconds left);

  private:
    std::map<store::Id, std::chrono::days> announced_;
};

}  // namespace postbell::app
