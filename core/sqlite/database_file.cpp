// SPDX-License-Identifier: Apache-2.0
#include "sqlite/database_file.h"

#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <utility>

#include "store/store_error.h"
#include "util/file_descriptor.h"
#include "util/new_file.h"

namespace postbell::sqlite {

using store::DatabaseTrouble;
using store::StoreError;

DatabaseFile::DatabaseFile(std::filesystem::path path) : path_(std::move(path)) {
    new_ = static_cast<bool>(util::FileDescriptor(util::newFile(path_, 0600)));
    struct stat status {};
    if ((!new_ && errno != EEXIST) || ::stat(path_.c_str(), &status) != 0)
        throw StoreError("the database " + path_.string() +
                         " cannot be created: " + std::strerror(errno));
    if (!new_ && status.st_size == 0)
        throw StoreError("the database " + path_.string() +
                         " is an empty file. If there was a store, restore it from a backup; if "
                         "there was none, remove the file, and Postbell creates its own");
    device_ = status.st_dev;
    inode_ = status.st_ino;
}

DatabaseFile::~DatabaseFile() {
    if (!new_) return;
    for (const char* suffix : {"", "-wal", "-shm"})
        ::unlink(std::filesystem::path(path_).concat(suffix).c_str());
}

std::string DatabaseFile::loss() const {
    struct stat status {};
    if (::stat(path_.c_str(), &status) != 0)
        return "the database " + path_.string() + " is gone: " + std::strerror(errno);
    if (status.st_dev != device_ || status.st_ino != inode_)
        return "another file has taken the place of the database " + path_.string() +
               ": put the right one there, and restart";
    return {};
}

void DatabaseFile::requireThere() const {
    if (const std::string loss = this->loss(); !loss.empty()) throw DatabaseTrouble(loss);
}

}  // namespace postbell::sqlite
