// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

namespace postbell::app {

inline std::string joined(const std::vector<std::string>& sentences) {
    std::string text;
    for (const std::string& sentence : sentences) text += (text.empty() ? "" : "; ") + sentence;
    return text;
}

}  // namespace postbell::app
