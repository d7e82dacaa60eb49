// SPDX-License-Identifier: Apache-2.0
#include "util/json_value.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace postbell::util {

JsonValue::JsonValue() : JsonValue(nlohmann::json()) {}
JsonValue::JsonValue(nlohmann::json value)
    : value_(std::make_unique<nlohmann::json>(std::move(value))) {}
JsonValue JsonValue::object() {
    return JsonValue(nlohmann::json::object());
}
JsonValue::JsonValue(const JsonValue& other) : JsonValue(*other) {}
JsonValue& JsonValue::operator=(const JsonValue& other) {
    return *this = JsonValue(other);
}
JsonValue::JsonValue(JsonValue&& other) noexcept = default;
JsonValue& JsonValue::operator=(JsonValue&& other) noexcept = default;
JsonValue::~JsonValue() = default;

}  // namespace postbell::util
