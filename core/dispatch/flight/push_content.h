// SPDX-License-Identifier: Apache-2.0
// The content of one push: made from a pending row when it is sent, kept until its outcome.
#pragma once
#include <string>

#include "provider/push.h"
#include "store/records/records.h"
#include "util/time.h"

namespace postbell::dispatch {

/// The part of a pending row that a push carries; mail goes first.
using store::Part;

struct PushContent {
    std::string id;  ///< a UUID, the same in every attempt
    store::PushTarget target;
    Part part = Part::Mail;
    bool new_mail = false;
    bool quiet = false;
    std::int32_t count = store::kUnknownCount;
    std::int32_t badge = store::kUnknownCount;
    std::uint32_t attempt = 1;
    util::WallTime expires;

    /// As a provider sees it; borrows from this.
    provider::Push view() const;
};

/// A new_mail that waited longer than this goes out quietly, and no network need keep a push
/// longer.
using util::kDay;

/// Fills in the members that come from the row.
void fill(PushContent& content, const store::Pending& row, Part part, util::WallTime now);

/// A random UUID (RFC 9562, version 4) in lower case.
std::string newPushId();

}  // namespace postbell::dispatch
