// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <exception>

namespace postbell::config {

/// toml++ asks for memory in functions that it declares noexcept, where nothing can catch its lack.
/// While an object lives, a process that is ended there says so and ends with exit code 1, as for
/// every other start that is impossible. By one thread.
class NoMemorySentence {
  public:
    NoMemorySentence();
    ~NoMemorySentence();
    NoMemorySentence(const NoMemorySentence&) = delete;
    NoMemorySentence& operator=(const NoMemorySentence&) = delete;

  private:
    std::terminate_handler before_;
};

}  // namespace postbell::config
