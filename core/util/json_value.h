// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>

#include <nlohmann/json_fwd.hpp>

namespace postbell::util {

/// A JSON value as a member of a class whose header does not bring the JSON library along, which
/// costs every source that sees it a second of compilation. Copied as the value is.
class JsonValue {
  public:
    JsonValue();  ///< null
    explicit JsonValue(nlohmann::json value);
    static JsonValue object();  ///< {}
    JsonValue(const JsonValue& other);
    JsonValue& operator=(const JsonValue& other);
    /// A value that was moved away may be assigned to or destroyed, and nothing else.
    JsonValue(JsonValue&& other) noexcept;
    JsonValue& operator=(JsonValue&& other) noexcept;
    ~JsonValue();

    nlohmann::json& operator*() { return *value_; }
    const nlohmann::json& operator*() const { return *value_; }
    nlohmann::json* operator->() { return value_.get(); }
    const nlohmann::json* operator->() const { return value_.get(); }

  private:
    std::unique_ptr<nlohmann::json> value_;
};

}  // namespace postbell::util
