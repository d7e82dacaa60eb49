// SPDX-License-Identifier: Apache-2.0
#include "store/database.h"

#include <cerrno>
#include <cstring>

#include "store/migrations.h"
#include "store/sealed_places.h"
#include "store/tenant_rows.h"
#include "util/crypto.h"
#include "util/new_file.h"

namespace postbell::store {

namespace {

constexpr int kWriterCacheKib = 32 * 1024;
constexpr const char* kKeyCheck = "key_check";
constexpr const char* kKeyCheckText = "this database is sealed with this key";

constexpr std::size_t kMailboxKeyBytes = 32;
constexpr const char* kMailboxKey = "mailbox_key";

/// SQLite would create the file with the process's umask; beside-files take the file's mode.
void createFile(const std::filesystem::path& file) {
    const util::FileDescriptor created(util::newFile(file, 0600));
    if (!created && errno != EEXIST) {
        throw StoreError("the database " + file.string() +
                         " cannot be created: " + std::strerror(errno));
    }
}

}  // namespace

Database::Database(StoreLock lock, Sealer sealer, const util::Clock& clock, log::Log& log)
    : lock_(std::move(lock)),
      file_(lock_.database()),
      sealer_(std::move(sealer)),
      readers_(file_),
      writer_(file_, openWriter(), readers_, seen_, clock, log) {}

Connection Database::openWriter() {
    createFile(file_);
    try {
        Connection connection(file_, Connection::Access::Write, kWriterCacheKib);
        // Nothing is sealed with a wrong key.
        if (stepsTaken(connection, file_) > 0) checkMasterKey(connection);
        migrate(connection, file_, sealer_);
        checkMasterKey(connection);
        mailbox_key_ = readMailboxKey(connection);
        return connection;
    } catch (const SQLite::Exception& error) {
        throw storeError(file_, error);
    } catch (const SealError& error) {
        throw sealError(error);
    }
}

void Database::checkMasterKey(Connection& connection) const {
    Query stored(connection, "SELECT value FROM meta WHERE name = ?1", kKeyCheck);
    if (!stored.next()) {
        Query(connection, "INSERT INTO meta (name, value) VALUES (?1, ?2)", kKeyCheck,
              Blob{sealer_.seal(kMetaPlace, kKeyCheck, kKeyCheckText)})
            .run();
        return;
    }
    try {
        if (sealer_.open(kMetaPlace, kKeyCheck, stored.text(0)) == kKeyCheckText) return;
    } catch (const SealError&) {
        // Said below, in a sentence that an admin can act upon.
    }
    throw StoreError("the master key in " + sealer_.source() +
                     " is not the one this database was sealed with (" + file_.string() + ")");
}

std::string Database::readMailboxKey(Connection& connection) const {
    std::string sealed;
    {
        Query stored(connection, "SELECT value FROM meta WHERE name = ?1", kMailboxKey);
        if (stored.next()) sealed = stored.text(0);
    }
    if (!sealed.empty()) return sealer_.open(kMetaPlace, kMailboxKey, sealed);
    const std::string key = util::randomBytes(kMailboxKeyBytes);
    Query(connection, "INSERT INTO meta (name, value) VALUES (?1, ?2)", kMailboxKey,
          Blob{sealer_.seal(kMetaPlace, kMailboxKey, key)})
        .run();
    return key;
}

std::shared_ptr<const App> Database::app(Id id) {
    return apps_.find(id, [this](Id wanted) {
        return read([&](Connection& connection) { return findApp(connection, wanted); });
    });
}

std::vector<Recipient> Database::complete(std::vector<RecipientRow> rows) {
    std::vector<Recipient> recipients;
    recipients.reserve(rows.size());
    for (RecipientRow& row : rows) {
        row.recipient.app = app(row.app);
        if (row.recipient.app) recipients.push_back(std::move(row.recipient));
    }
    return recipients;
}

std::vector<Registration> Database::complete(std::vector<RegistrationRow> rows) {
    std::vector<Registration> registrations;
    registrations.reserve(rows.size());
    for (RegistrationRow& row : rows) {
        row.registration.app = app(row.app);
        if (!row.registration.app) continue;
        seen_.complete(row.registration.id, row.registration.seen);
        registrations.push_back(std::move(row.registration));
    }
    return registrations;
}

}  // namespace postbell::store
