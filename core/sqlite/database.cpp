// SPDX-License-Identifier: Apache-2.0
#include "sqlite/database.h"

#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "sqlite/migrations.h"
#include "sqlite/tenant_rows.h"
#include "store/sealed_places.h"
#include "util/crypto.h"
#include "util/file_descriptor.h"
#include "util/new_file.h"

namespace postbell::sqlite {

namespace {

constexpr int kWriterCacheKib = 32 * 1024;
constexpr const char* kKeyCheck = "key_check";
constexpr const char* kKeyCheckText = "this database is sealed with this key";

constexpr std::size_t kMailboxKeyBytes = 32;
constexpr const char* kMailboxKey = "mailbox_key";

bool isEmpty(const std::filesystem::path& file) {
    std::error_code error;
    return std::filesystem::file_size(file, error) == 0 && !error;
}

/// The database's file. SQLite would create it with the process's umask; beside-files take the
/// file's mode. An empty file that is there already is what a full disk or a failed copy leaves of
/// a database: to begin anew in it would hide the loss of every registration.
class DatabaseFile {
  public:
    explicit DatabaseFile(const std::filesystem::path& file) : file_(file) {
        const util::FileDescriptor created(util::newFile(file, 0600));
        made_ = static_cast<bool>(created);
        if (!made_ && errno != EEXIST) {
            throw StoreError("the database " + file.string() +
                             " cannot be created: " + std::strerror(errno));
        }
        if (!made_ && isEmpty(file)) {
            throw StoreError(
                "the database " + file.string() +
                " is an empty file. If there was a store, restore it from a backup; if "
                "there was none, remove the file, and Postbell creates its own");
        }
    }
    /// A file that was made in vain would be refused the next time.
    ~DatabaseFile() {
        if (made_ && isEmpty(file_)) ::unlink(file_.c_str());
    }
    DatabaseFile(const DatabaseFile&) = delete;
    DatabaseFile& operator=(const DatabaseFile&) = delete;

  private:
    const std::filesystem::path& file_;
    bool made_ = false;
};

}  // namespace

Database::Database(StoreLock lock, Sealer sealer, const util::Clock& clock, log::Log& log)
    : lock_(std::move(lock)),
      file_(lock_.database()),
      sealer_(std::move(sealer)),
      apps_([this](Id id) {
          return read([&](Connection& connection) { return findApp(connection, id); });
      }),
      completer_(apps_, seen_, clock),
      session_(openWriter(), readers_),
      readers_(file_),
      writer_(session_, seen_, clock, log) {}

Connection Database::openWriter() {
    const DatabaseFile file(file_);
    Connection connection(file_, Connection::Access::Write, kWriterCacheKib);
    // Nothing is sealed with a wrong key.
    if (stepsTaken(connection, file_) > 0) checkMasterKey(connection);
    migrate(connection, file_, sealer_);
    checkMasterKey(connection);
    mailbox_key_ = readMailboxKey(connection);
    return connection;
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
    if (!sealed.empty()) return opened(kMetaPlace, kMailboxKey, sealed);
    std::string key = util::randomBytes(kMailboxKeyBytes);
    Query(connection, "INSERT INTO meta (name, value) VALUES (?1, ?2)", kMailboxKey,
          Blob{sealer_.seal(kMetaPlace, kMailboxKey, key)})
        .run();
    return key;
}

std::string Database::opened(std::string_view place, std::string_view row,
                             std::string_view sealed) const {
    try {
        return sealer_.open(place, row, sealed);
    } catch (const SealError& error) {
        throw StoreError("the database " + file_.string() + ": " + error.what());
    }
}

}  // namespace postbell::sqlite
