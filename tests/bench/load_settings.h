// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>

namespace postbell::bench {

/// Of a load generator; its --help says what they mean.
struct LoadSettings {
    std::string address, ca_file, request_file, samples_file, commit_file;
    std::string expect;
    unsigned connections = 1;
    std::uint64_t requests = 0;
    double seconds = 0, rate = 0, patience = 30;
    std::uint64_t first = 0, count = 1, first_serial = 1, seed = 1;
    int status = 200;
    bool in_turn = false;
    bool fresh = false, resume = false;
    int tls = 0;
};

/// From the command line. The exit code of a program that is done: help was asked for, or something
/// is wrong and was said.
std::optional<int> readLoadSettings(int argc, char** argv, LoadSettings& settings);

}  // namespace postbell::bench
