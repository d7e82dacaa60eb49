// SPDX-License-Identifier: Apache-2.0
// The recorded messages.
#pragma once
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

namespace postbell::office365 {

/// `file` with its extension.
inline std::string file(const std::string& file) {
    std::ifstream in(GRAPH_SAMPLES "/" + file, std::ios::binary);
    if (!in) throw std::runtime_error("no sample " + file);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

/// `name` without ".json".
inline std::string sample(const std::string& name) {
    return file(name + ".json");
}

/// A whole POST around some items.
inline std::string post(const std::string& items) {
    return R"({"value": [)" + items + "]}";
}

}  // namespace postbell::office365
