// SPDX-License-Identifier: Apache-2.0
#include "util/trusted_roots.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include <chrono>
#include <new>
#include <stdexcept>

#include "util/trust_file.h"

namespace postbell::util {
namespace {

// Authorities come and go with the system's updates.
constexpr std::chrono::hours kReadAgainAfter{1};
// A disk, or the machine's descriptors, may be better while the file is the same.
constexpr std::chrono::seconds kTriedAgainAfter{1};

}  // namespace

/// Empty, or a sentence.
std::string TrustedRoots::readInto(X509_STORE& store, const FileStamp& stamp) {
    if (ca_file_.empty()) {
        if (X509_STORE_set_default_paths(&store) == 1) return {};
        ERR_clear_error();
        return "the system's certificates cannot be read";
    }
    const TrustedFile read = trustFile(store, ca_file_);
    keys_are_unknown_ = stamp == stamp_ && read.unread_keys == unread_keys_;
    unread_keys_ = read.unread_keys;
    return read.problem.empty() ? std::string() : "ca_file " + ca_file_ + " " + read.problem;
}

bool TrustedRoots::isStale(const FileStamp& stamp, RealTime now) const {
    if (read_at_ == RealTime()) return true;
    const bool doubtful = !problem_.empty() || (unread_keys_ != 0 && !keys_are_unknown_);
    if (doubtful && now - read_at_ >= kTriedAgainAfter) return true;
    return now - read_at_ >= kReadAgainAfter || !(stamp == stamp_);
}

TrustedRoots::Store TrustedRoots::get(RealTime now) {
    const std::lock_guard lock(roots_mutex_);
    // Before the file is read: a change meanwhile is seen at the next call.
    const FileStamp stamp = ca_file_.empty() ? FileStamp() : FileStamp::of(ca_file_);
    if (isStale(stamp, now)) {
        Store fresh(X509_STORE_new(), X509_STORE_free);
        if (!fresh) throw std::bad_alloc();
        problem_ = readInto(*fresh, stamp);
        if (problem_.empty()) store_ = std::move(fresh);
        stamp_ = stamp;
        read_at_ = now;
    }
    if (!store_) throw std::runtime_error(problem_);
    return store_;
}

std::string TrustedRoots::problem() const {
    const std::lock_guard lock(roots_mutex_);
    return problem_;
}

}  // namespace postbell::util
