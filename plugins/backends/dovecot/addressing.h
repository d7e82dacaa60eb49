// SPDX-License-Identifier: Apache-2.0
// Whom a notification is for: the meaning of its `user`.
#pragma once
#include <optional>
#include <string_view>

namespace postbell::dovecot {

enum class Addressing {
    Metadata,  ///< the id that the app put into the mailbox's METADATA
    Account    ///< the login name, which is the mailbox's address
};

/// Nothing for a word that the config does not know.
std::optional<Addressing> parseAddressing(std::string_view word);

/// Whether `user` is as long as 32 random bytes in base64url, or longer: 43 to 512 of A-Z, a-z,
/// 0-9,
/// '-' and '_'. Login names are not: Dovecot sends them without user_from_metadata, and a stranger
/// could report one as his id.
bool hasIdForm(std::string_view user);

}  // namespace postbell::dovecot
