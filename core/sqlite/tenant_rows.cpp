// SPDX-License-Identifier: Apache-2.0
#include "sqlite/tenant_rows.h"

#include "store/credential_text.h"

namespace postbell::sqlite {

std::string selectApp(const char* rest) {
    return std::string(
               "SELECT a.id, a.tenant, t.name, a.name, a.platform, a.style, a.enabled, "
               "a.enabled_at, a.push_settings FROM app a JOIN tenant t ON t.id = a.tenant ") +
           rest;
}

App readApp(const Query& query) {
    App app;
    app.id = query.number(0);
    app.tenant = query.number(1);
    app.tenant_name = query.text(2);
    app.name = query.text(3);
    app.platform = query.text(4);
    app.style = static_cast<Style>(query.number(5));
    app.enabled = query.flag(6);
    app.enabled_at = query.time(7);
    app.push_settings = parseSettings(query.text(8));
    return app;
}

std::optional<App> findApp(Connection& connection, Id id) {
    static const std::string sql = selectApp("WHERE a.id = ?1");
    Query query(connection, sql.c_str(), id);
    if (!query.next()) return std::nullopt;
    return readApp(query);
}

}  // namespace postbell::sqlite
