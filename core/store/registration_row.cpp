// SPDX-License-Identifier: Apache-2.0
#include "store/registration_row.h"

#include <utility>

namespace postbell::store {

namespace {

template <class Complete, class Row>
std::vector<Complete> completeAll(const RowCompleter& completer, std::vector<Row> rows) {
    std::vector<Complete> all;
    all.reserve(rows.size());
    for (Row& row : rows)
        if (auto one = completer.complete(std::move(row))) all.push_back(*std::move(one));
    return all;
}

}  // namespace

std::optional<Recipient> RowCompleter::complete(RecipientRow row) const {
    row.recipient.app = apps_.find(row.app);
    if (!row.recipient.app) return std::nullopt;
    return std::move(row.recipient);
}

std::optional<Registration> RowCompleter::complete(RegistrationRow row) const {
    Registration& registration = row.registration;
    registration.app = apps_.find(row.app);
    if (!registration.app) return std::nullopt;
    seen_.complete(registration.id, registration.seen, clock_.wall());
    return std::move(registration);
}

std::vector<Recipient> RowCompleter::complete(std::vector<RecipientRow> rows) const {
    return completeAll<Recipient>(*this, std::move(rows));
}

std::vector<Registration> RowCompleter::complete(std::vector<RegistrationRow> rows) const {
    return completeAll<Registration>(*this, std::move(rows));
}

}  // namespace postbell::store
