// SPDX-License-Identifier: Apache-2.0
#include "sqlite/sqlite_meta_rows.h"

#include "sqlite/query.h"

namespace postbell::sqlite {

std::optional<std::string> SqliteMetaRows::find(std::string_view name) const {
    Query query(connection_, "SELECT value FROM meta WHERE name = ?1", name);
    if (!query.next()) return std::nullopt;
    return query.text(0);
}

void SqliteMetaRows::put(std::string_view name, std::string_view value) {
    Query(connection_, "REPLACE INTO meta (name, value) VALUES (?1, ?2)", name, Blob{value}).run();
}

void SqliteMetaRows::tryWrite() {
    Query(connection_, "UPDATE meta SET value = value WHERE 0").run();
}

void SqliteMetaRows::insertAudit(util::WallTime at, std::string_view who, std::string_view what) {
    Query(connection_, "INSERT INTO audit (at, who, what) VALUES (?1, ?2, ?3)", at, who, what)
        .run();
}

std::vector<store::AuditLine> SqliteMetaRows::listAudit(const store::AuditFilter& filter) const {
    // A line is a call and its arguments, of which the tenant comes first: "app/set tenant=acme".
    Query query(connection_,
                "SELECT id, at, who, what FROM audit WHERE (?1 = 0 OR id < ?1) AND at >= ?2 AND "
                "(?3 = '' OR instr(what || ' ', ' tenant=' || ?3 || ' ') BETWEEN 1 AND instr(what, "
                "' ')) ORDER BY id DESC LIMIT ?4",
                filter.before, filter.since, filter.tenant, filter.limit);
    std::vector<store::AuditLine> lines;
    while (query.next())
        lines.push_back({query.number(0), query.time(1), query.text(2), query.text(3)});
    return lines;
}

}  // namespace postbell::sqlite
