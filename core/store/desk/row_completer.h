// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <vector>

#include "store/desk/app_cache.h"
#include "store/desk/unopened_rows.h"
#include "store/records/registration.h"
#include "store/writer/seen_ledger.h"
#include "util/clock.h"

namespace postbell::store {

/// Gives rows their apps and the ledger's news. Leaves out rows whose app is gone, and damaged
/// ones. Thread-safe.
class RowCompleter {
  public:
    RowCompleter(AppCache& apps, const SeenLedger& seen, UnopenedRows& set_aside,
                 const util::Clock& clock)
        : apps_(apps), seen_(seen), set_aside_(set_aside), clock_(clock) {}

    /// False: the row's id is no text, which no answer can carry. The row is reported.
    bool isWhole(const RecipientRow& row) const;

    std::optional<Recipient> complete(RecipientRow row) const;
    std::optional<Registration> complete(RegistrationRow row) const;
    std::vector<Recipient> complete(std::vector<RecipientRow> rows) const;
    std::vector<Registration> complete(std::vector<RegistrationRow> rows) const;

  private:
    AppCache& apps_;
    const SeenLedger& seen_;
    UnopenedRows& set_aside_;
    const util::Clock& clock_;
};

}  // namespace postbell::store
