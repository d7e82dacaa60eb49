// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/records/proven_row.h"
#include "store/records/registration.h"
#include "store/rows/mailbox_rows.h"
#include "store/seal/sealed_places.h"

namespace postbell::store {

/// A push's target before its token is opened and its app looked up.
struct SealedTarget {
    RecipientRow registration;
    std::string token;  ///< sealed
    SealedRow token_row;
    util::WallTime token_at;
    util::WallTime first_410_at;
    util::WallTime first_foreign_at;
    std::string origin;
    util::WallTime token_expires_at;

    /// The keys of the device; all else is set by now.
    void bindToken(std::string_view token_key, std::string_view device_key) {
        token_row = deviceRow(registration.device, {registration.app_id, token_key,
                                                    registration.environment, device_key, origin});
    }
};

/// The registration behind a callback, which is mostly a push's target a moment later.
struct CallbackTarget {
    SealedTarget target;
    std::string proof_hash;
};

/// A mailbox behind a callback, and the registrations that it serves.
struct ServedMailbox {
    NotifiedMailbox mailbox;
    std::vector<RecipientRow> served;
};

/// On an event's way: each row and each table that is not looked into counts.
class RecipientReads {
  public:
    virtual ~RecipientReads() = default;

    virtual std::optional<CallbackTarget> findByCallback(std::string_view token_hash) const = 0;
    virtual std::optional<SealedTarget> findTarget(Id registration) const = 0;
    /// All lists are in the order of ids.
    virtual std::vector<RecipientRow> servedBy(Id mailbox) const = 0;
    /// The tenant's that reported the subscription of this id on the instance, up to `limit`.
    virtual std::vector<RecipientRow> reportedBy(Id tenant, std::string_view instance,
                                                 std::string_view id_hash,
                                                 std::size_t limit) const = 0;
    /// The tenant's of the account that have an AccountProof, until `visit` wants no more.
    using Visit = std::function<bool(ProvenRow&& row)>;
    virtual void eachProven(Id tenant, std::string_view account_key, const Visit& visit) const = 0;
};

}  // namespace postbell::store
