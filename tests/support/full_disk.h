// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <csignal>
#include <stdexcept>

#include <sys/resource.h>

namespace postbell::testing {

/// While it lives, files are made but take no byte, in the whole process.
class FullDisk {
  public:
    FullDisk() : before_signal_(std::signal(SIGXFSZ, SIG_IGN)) {
        if (::getrlimit(RLIMIT_FSIZE, &before_) != 0) throw std::runtime_error("no limit");
        const rlimit none{0, before_.rlim_max};
        if (::setrlimit(RLIMIT_FSIZE, &none) != 0) throw std::runtime_error("no limit");
    }
    ~FullDisk() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, before_signal_);
    }
    FullDisk(const FullDisk&) = delete;
    FullDisk& operator=(const FullDisk&) = delete;

  private:
    rlimit before_{};
    void (*const before_signal_)(int);
};

}  // namespace postbell::testing
