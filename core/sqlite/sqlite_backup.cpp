// SPDX-License-Identifier: Apache-2.0
// A copy of the whole database while it is in use.
#include <cerrno>
#include <cstring>

#include <SQLiteCpp/SQLiteCpp.h>
#include <fcntl.h>
#include <unistd.h>

#include "sqlite/sqlite_store.h"
#include "util/file_descriptor.h"

namespace postbell::sqlite {

void SqliteStore::backup(const std::string& file) {
    // SQLite writes into an empty file that is there, so no other user ever sees the copy.
    const util::FileDescriptor created(
        ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!created) throw StoreError(file + " cannot be made: " + std::strerror(errno));
    const std::filesystem::path& database = database_.file();
    try {
        SQLite::Database source(database.string(), SQLite::OPEN_READONLY);
        SQLite::Statement copy(source, "VACUUM INTO ?");
        copy.bind(1, file);
        copy.exec();
    } catch (const SQLite::Exception& error) {
        ::unlink(file.c_str());
        throwStoreError(database, error);
    }
}

}  // namespace postbell::sqlite
