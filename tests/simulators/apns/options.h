// SPDX-License-Identifier: Apache-2.0
// The command line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>

namespace apns_simulator {

struct Address {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;
};

struct Options {
    Address listen;
    Address control;
    std::string certificate_file;
    std::string key_file;
    std::string state_dir;
    int certificate_days = 30;
    std::string environment = "production";
    unsigned threads = 1;
    std::uint32_t max_streams = 1000;
    /// Streams until a JWT was accepted on the connection; 0: max_streams from the start.
    std::uint32_t initial_streams = 1;
    bool record = true;
    std::size_t record_limit = 200'000;
    double clock_speed = 1.0;
    bool exit_with_stdin = false;
    bool help = false;
};

/// A command line that makes no sense; what() is a sentence for the user.
class UsageError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

extern const char* const kHelp;

/// Throws UsageError.
Options parseOptions(int argc, char** argv);

}  // namespace apns_simulator
