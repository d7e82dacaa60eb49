// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace postbell::dovecot {

/// The password in an Authorization header (RFC 7617), which Dovecot makes of
/// https://NAME:PASSWORD@host. Nothing for a header of another scheme or form.
std::optional<std::string> basicPassword(std::string_view authorization);

}  // namespace postbell::dovecot
