// SPDX-License-Identifier: Apache-2.0
// The command line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>

namespace http2_simulator {

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
    /// Empty: the network has none.
    std::string environment;
    unsigned threads = 1;
    std::uint32_t max_streams = 1000;
    /// Streams until the client has shown who it is; 0: max_streams from the start.
    std::uint32_t initial_streams = 1;
    bool record = true;
    std::size_t record_limit = 200'000;
    double clock_speed = 1.0;
    bool exit_with_stdin = false;
    bool help = false;
    const char* help_text = "";
};

/// A command line that makes no sense; what() is a sentence for the user.
class UsageError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// Throws UsageError. `options`: the defaults.
Options parseOptions(int argc, char** argv, Options options);

}  // namespace http2_simulator
