// SPDX-License-Identifier: Apache-2.0
#include "control_input.h"

namespace http2_simulator {

using nlohmann::json;

void requireKeys(const json& object, const std::string& what, const std::set<std::string>& known) {
    if (!object.is_object()) throw BadInput(what + " is not an object");
    if (known.empty()) return;
    for (const auto& [key, value] : object.items())
        if (known.count(key) == 0) throw BadInput(what + " has no \"" + key + "\"");
}

std::string textOf(const json& object, const char* key, bool required) {
    const auto found = object.find(key);
    if (found == object.end()) {
        if (required) throw BadInput(std::string(key) + " is missing");
        return {};
    }
    if (!found->is_string()) throw BadInput(std::string(key) + " is not a string");
    return found->get<std::string>();
}

double numberOf(const json& object, const char* key, double fallback) {
    const auto found = object.find(key);
    if (found == object.end()) return fallback;
    if (!found->is_number()) throw BadInput(std::string(key) + " is not a number");
    return found->get<double>();
}

bool switchOf(const json& object, const char* key, const char* on, const char* off, bool current) {
    const std::string value = textOf(object, key, false);
    if (value.empty()) return current;
    if (value != on && value != off) throw BadInput(std::string(key) + " is " + on + " or " + off);
    return value == on;
}

}  // namespace http2_simulator
