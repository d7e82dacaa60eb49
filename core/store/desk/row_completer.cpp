// SPDX-License-Identifier: Apache-2.0
#include "store/desk/row_completer.h"

#include <utility>

#include "util/printable.h"

namespace postbell::store {

namespace {

constexpr const char* kPublicIdPlace = "registration.public_id";

template <class Complete, class Row>
std::vector<Complete> completeAll(const RowCompleter& completer, std::vector<Row> rows) {
    std::vector<Complete> all;
    all.reserve(rows.size());
    for (Row& row : rows)
        if (auto one = completer.complete(std::move(row))) all.push_back(*std::move(one));
    return all;
}

}  // namespace

bool RowCompleter::isWhole(const RecipientRow& row) const {
    if (util::isUtf8(row.public_id)) return true;
    set_aside_.noteDamaged(kPublicIdPlace, row.id);
    return false;
}

std::optional<Recipient> RowCompleter::complete(RecipientRow row) const {
    if (!isWhole(row)) return std::nullopt;
    std::optional<Recipient> recipient(std::in_place);
    recipient->app = apps_.find(row.app_id);
    if (!recipient->app) return std::nullopt;
    static_cast<RecipientRow&>(*recipient) = std::move(row);
    return recipient;
}

std::optional<Registration> RowCompleter::complete(RegistrationRow row) const {
    if (!isWhole(row)) return std::nullopt;
    std::optional<Registration> registration(std::in_place);
    registration->app = apps_.find(row.app_id);
    if (!registration->app) return std::nullopt;
    // Each moves its own part of the row.
    static_cast<RecipientRow&>(*registration) = static_cast<RecipientRow&&>(row);
    static_cast<RegistrationDetails&>(*registration) = static_cast<RegistrationDetails&&>(row);
    seen_.complete(registration->id, registration->seen, clock_.wall());
    return registration;
}

std::vector<Recipient> RowCompleter::complete(std::vector<RecipientRow> rows) const {
    return completeAll<Recipient>(*this, std::move(rows));
}

std::vector<Registration> RowCompleter::complete(std::vector<RegistrationRow> rows) const {
    return completeAll<Registration>(*this, std::move(rows));
}

}  // namespace postbell::store
