// SPDX-License-Identifier: Apache-2.0
// The socket beside the store on which a running gateway hears commands.
#pragma once
#include <sys/types.h>

#include <filesystem>
#include <utility>

#include "config/config.h"
#include "util/file_descriptor.h"

namespace postbell::app {

/// Its file: `<database>.admin`, beside the database itself, whatever symbolic links lead there.
std::filesystem::path adminSocketFile(const config::Config& config);

/// The gateway's end. Belongs to the process that holds the store's lock: a socket that is there
/// already is then one that an ended gateway has left.
class AdminSocket {
  public:
    /// Listens. The file has mode 0600, and is the folder owner's if root makes it. Throws
    /// std::runtime_error with a sentence: another file has its place, or it cannot be made.
    explicit AdminSocket(std::filesystem::path file);
    /// Removes the file, unless another has taken its place.
    ~AdminSocket();
    AdminSocket(const AdminSocket&) = delete;
    AdminSocket& operator=(const AdminSocket&) = delete;

    const std::filesystem::path& file() const { return file_; }
    /// The listening socket, which does not block. Once.
    util::FileDescriptor take() { return std::move(listening_); }

  private:
    void removeLeftover() const;
    void bindTo(int socket) const;
    void giveToFolderOwner() const;

    const std::filesystem::path file_;
    const util::FileDescriptor folder_;
    util::FileDescriptor listening_;
    dev_t device_ = 0;
    ino_t inode_ = 0;
};

}  // namespace postbell::app
