// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

namespace postbell::backend {

/// The end of a plugin's reading of a message.
struct Reading {
    enum class Result {
        Read,
        Unreadable,  ///< the message is at fault
        Failed,      ///< the plugin, or the host that it asked
    };
    Result result = Result::Read;
    std::string status;  ///< the contract's name of it, for the log
};

}  // namespace postbell::backend
