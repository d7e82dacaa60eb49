// SPDX-License-Identifier: Apache-2.0
// Files that an admin uploads in place of a service account's key.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace postbell::fcm {

/// A sentence for a file that is too big or does not look like JSON; else empty.
std::string explainFileOutside(std::string_view file);

/// A sentence for JSON that is not a service account's key; empty if it says that it is one.
std::string explainJson(const nlohmann::json& content);

}  // namespace postbell::fcm
