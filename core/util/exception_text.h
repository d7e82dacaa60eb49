// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <exception>

namespace postbell::util {

/// The sentence of the exception that is being handled. Plugins and libraries may throw what is no
/// std::exception. Lives as long as the exception.
inline const char* exceptionText() noexcept {
    try {
        throw;
    } catch (const std::exception& error) {
        return error.what();
    } catch (...) {
        return "something that is no exception was thrown";
    }
}

}  // namespace postbell::util
