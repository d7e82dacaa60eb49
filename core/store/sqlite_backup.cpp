// SPDX-License-Identifier: Apache-2.0
// A copy of the whole database while it is in use.
#include <cerrno>
#include <cstring>

#include <SQLiteCpp/SQLiteCpp.h>
#include <fcntl.h>

#include "store/sqlite_store.h"
#include "util/file_descriptor.h"

namespace postbell::store {

void SqliteStore::backup(const std::string& file) {
    // SQLite writes into an empty file that is there, so nobody else ever sees the copy.
    const util::FileDescriptor created(
        ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!created) throw StoreError(file + " cannot be made: " + std::strerror(errno));
    try {
        SQLite::Database source(Database::file().string(), SQLite::OPEN_READONLY);
        SQLite::Statement copy(source, "VACUUM INTO ?");
        copy.bind(1, file);
        copy.exec();
    } catch (const SQLite::Exception& error) {
        ::unlink(file.c_str());
        throw storeError(Database::file(), error);
    }
}

}  // namespace postbell::store
