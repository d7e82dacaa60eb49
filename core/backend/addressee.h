// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string_view>

#include "backend/route_table.h"
#include "store/records/records.h"

namespace postbell::backend {

/// The addressee of a mail server's request to an instance. Borrows from the callback and from the
/// routes.
struct Addressee {
    RouteTable::Chosen route;
    /// Null: the token is unknown, withdrawn, or not for this instance.
    const store::Callback* callback = nullptr;
    /// Null: the callback is of no registration, or of several.
    const store::Recipient* recipient = nullptr;
    std::string_view secret;  ///< of a whole mail server's callback; empty: none
};

/// `found`: the callback of the request's token. `routes`: the instance's for the request.
Addressee addresseeOf(const std::optional<store::Callback>& found, const RouteTable::Match& routes,
                      std::string_view instance);

}  // namespace postbell::backend
