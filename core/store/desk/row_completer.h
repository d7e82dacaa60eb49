// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <vector>

#include "store/desk/app_cache.h"
#include "store/records/registration.h"
#include "store/writer/seen_ledger.h"
#include "util/clock.h"

namespace postbell::store {

/// Gives rows their apps and the ledger's news. Leaves out rows whose app is gone. Thread-safe.
class RowCompleter {
  public:
    RowCompleter(AppCache& apps, const SeenLedger& seen, const util::Clock& clock)
        : apps_(apps), seen_(seen), clock_(clock) {}

    std::optional<Recipient> complete(RecipientRow row) const;
    std::optional<Registration> complete(RegistrationRow row) const;
    std::vector<Recipient> complete(std::vector<RecipientRow> rows) const;
    std::vector<Registration> complete(std::vector<RegistrationRow> rows) const;

  private:
    AppCache& apps_;
    const SeenLedger& seen_;
    const util::Clock& clock_;
};

}  // namespace postbell::store
