// SPDX-License-Identifier: Apache-2.0
#include "sqlite/pending_reads.h"

namespace postbell::sqlite {

namespace {

const std::string& selectPending(bool one) {
    static const std::string all =
        "SELECT p.registration, r.device, d.app, d.environment, p.generation, p.mail_generation, "
        "p.new_mail_generation, p.check_generation, p.count, p.since, p.occurred "
        "FROM pending p JOIN registration r ON r.id = p.registration JOIN device d ON d.id = "
        "r.device ";
    static const std::string in_order = all + "ORDER BY p.since, p.generation";
    static const std::string of_one = all + "WHERE p.registration = ?1";
    return one ? of_one : in_order;
}

Pending readPending(const Query& query) {
    Pending row;
    row.registration = query.number(0);
    row.device = query.number(1);
    row.app = query.number(2);
    row.environment = static_cast<Environment>(query.number(3));
    readPendingState(query, 4, row);
    return row;
}

}  // namespace

void readPendingState(const Query& query, int column, PendingRow& row) {
    row.generation = query.number(column++);
    row.mail_generation = query.number(column++);
    row.new_mail_generation = query.number(column++);
    row.check_generation = query.number(column++);
    row.count = static_cast<std::int32_t>(query.number(column++));
    row.since = query.time(column++);
    row.occurred = query.time(column);
}

std::optional<Pending> findPending(Connection& connection, Id registration) {
    Query query(connection, selectPending(true).c_str(), registration);
    if (!query.next()) return std::nullopt;
    return readPending(query);
}

void eachPending(Connection& connection, const std::function<void(const Pending&)>& visit) {
    Query query(connection, selectPending(false).c_str());
    while (query.next()) visit(readPending(query));
}

}  // namespace postbell::sqlite
