// SPDX-License-Identifier: Apache-2.0
// How messages about a config name things.
#pragma once
#include <span>
#include <string>
#include <string_view>

namespace postbell::config {

/// ` Did you mean "known"?` for the entry of `known` that `written` is a slip of; empty if none is
/// near.
std::string didYouMean(std::string_view written, std::span<const std::string> known);

/// `"a", "b" or "c"`
std::string quotedList(std::span<const std::string> names);

/// The text in double quotes, cut to 60 bytes, with anything that could disturb a terminal
/// replaced.
std::string inQuotes(std::string_view text);

/// A key of this name may hold a secret, so that its value is not for messages.
bool mayBeSecret(std::string_view key);

}  // namespace postbell::config
