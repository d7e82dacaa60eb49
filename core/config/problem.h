// SPDX-License-Identifier: Apache-2.0
// A fault in a config file, and its place.
#pragma once
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace postbell::config {

/// From 1; line 0: nowhere in particular (a section that is not there).
struct Position {
    unsigned line = 0;
    unsigned column = 0;
};

struct Problem {
    Position at;
    /// As it is written in the file: "[listener.mailbox]"; empty: the whole file.
    std::string section;
    std::string key;   ///< empty: the whole section
    std::string text;  ///< the value that was found, and the accepted ones
};

/// "FILE:LINE:COLUMN: [section] key: text"
std::string format(std::string_view file, const Problem& problem);

/// Gathers all problems, so that an admin sees them at once.
struct Problems {
    std::vector<Problem> errors;
    std::vector<Problem> warnings;
};

/// The config cannot be used. what() has one line for each problem, in the file's order.
class ConfigError : public std::runtime_error {
  public:
    ConfigError(std::string_view file, std::vector<Problem> problems);
    const std::vector<Problem>& problems() const { return problems_; }

  private:
    std::vector<Problem> problems_;
};

}  // namespace postbell::config
