// SPDX-License-Identifier: Apache-2.0
#include "sqlite/sqlite_sealed_reads.h"

#include "sqlite/query.h"

namespace postbell::sqlite {

std::size_t SqliteSealedReads::countRows() const {
    Query query(connection_,
                "SELECT (SELECT count(*) FROM tenant) + (SELECT count(*) FROM tenant_callback) + "
                "(SELECT count(*) FROM device) + (SELECT count(*) FROM managed) + "
                "(SELECT count(*) FROM credential)");
    query.next();
    return static_cast<std::size_t>(query.number(0));
}

std::vector<TenantSeals> SqliteSealedReads::tenants(Id after, std::size_t limit) const {
    Query query(connection_,
                "SELECT id, name, hash_key FROM tenant WHERE id > ?1 ORDER BY id LIMIT ?2", after,
                limit);
    std::vector<TenantSeals> rows;
    while (query.next()) rows.push_back({query.number(0), query.text(1), query.text(2)});
    return rows;
}

std::vector<CallbackSeals> SqliteSealedReads::callbacks(Id after, std::size_t limit) const {
    Query query(connection_,
                "SELECT id, tenant, instance, token_hash, secret FROM tenant_callback WHERE id > "
                "?1 ORDER BY id LIMIT ?2",
                after, limit);
    std::vector<CallbackSeals> rows;
    while (query.next())
        rows.push_back(
            {query.number(0), query.number(1), query.text(2), query.text(3), query.text(4)});
    return rows;
}

std::vector<DeviceSeals> SqliteSealedReads::devices(Id after, std::size_t limit) const {
    Query query(connection_,
                "SELECT id, app, token_key, environment, device_key, origin, token FROM device "
                "WHERE id > ?1 ORDER BY id LIMIT ?2",
                after, limit);
    std::vector<DeviceSeals> rows;
    while (query.next())
        rows.push_back({query.number(0),
                        {query.number(1), query.text(2), static_cast<Environment>(query.number(3)),
                         query.text(4)},
                        query.text(5),
                        query.text(6)});
    return rows;
}

std::vector<MailboxSeals> SqliteSealedReads::mailboxes(Id after, std::size_t limit) const {
    Query query(connection_,
                "SELECT id, instance, mailbox_key, mailbox, subscription FROM managed WHERE id > "
                "?1 ORDER BY id LIMIT ?2",
                after, limit);
    std::vector<MailboxSeals> rows;
    while (query.next())
        rows.push_back(
            {query.number(0), query.text(1), query.text(2), query.text(3), query.text(4)});
    return rows;
}

std::vector<CredentialSeals> SqliteSealedReads::credentials(Id after, std::size_t limit) const {
    Query query(
        connection_,
        "SELECT id, app, provider, production, sandbox, upload, authorization_name, content, "
        "password, settings, authorization_value FROM credential WHERE id > ?1 ORDER BY id LIMIT "
        "?2",
        after, limit);
    std::vector<CredentialSeals> rows;
    while (query.next())
        rows.push_back({query.number(0),
                        {query.number(1), query.text(2), query.flag(3), query.flag(4)},
                        query.number(5),
                        query.text(6),
                        query.text(7),
                        query.text(8),
                        query.text(9),
                        query.text(10)});
    return rows;
}

}  // namespace postbell::sqlite
