// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <openssl/types.h>

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>

#include "util/file_stamp.h"
#include "util/real_time.h"

namespace postbell::util {

/// The certificate authorities that servers are checked against. Follows their file: a new state of
/// it is read at the next call, and one that cannot be used leaves the state before in use. Read
/// again after an hour in any case, and once more where a certificate could not be read.
/// Thread-safe.
class TrustedRoots {
  public:
    /// Shared by all connections that check servers against them: the system's are hundreds, a
    /// megabyte and milliseconds to read.
    using Store = std::shared_ptr<X509_STORE>;

    /// `ca_file`: PEM; empty: the system's.
    explicit TrustedRoots(std::string ca_file) : ca_file_(std::move(ca_file)) {}

    /// Throws std::runtime_error with a sentence: no state of the file could be used so far.
    Store get(RealTime now);
    /// A sentence on the newest state of the file that get() has seen, if that cannot be used.
    std::string problem() const;

  private:
    std::string readInto(X509_STORE& store, const FileStamp& stamp);
    bool isStale(const FileStamp& stamp, RealTime now) const;

    const std::string ca_file_;
    mutable std::mutex roots_mutex_;  // guards all below
    Store store_;
    std::string problem_;
    FileStamp stamp_;
    std::size_t unread_keys_ = 0;
    bool keys_are_unknown_ = false;  // they could not be read a second time
    RealTime read_at_;
};

}  // namespace postbell::util
