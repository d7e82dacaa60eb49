// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <optional>
#include <string_view>

namespace postbell::ews {

/// The entry id of a folder in a mailbox ([MS-OXCDATA] 2.2.4.1).
using FolderEntry = std::array<char, 46>;

/// The entry id inside a FolderId's Id. Exchange gives one folder several ids: an EwsLegacyId that
/// names the mailbox by address, where a request has no RequestServerVersion, an EwsId that names
/// it by GUID, and each of them compressed or not ([MS-OXWSITEMID]). The entry id in them is the
/// same, and no other folder's. Nothing: the id is of another kind, or another server's.
std::optional<FolderEntry> folderEntry(std::string_view id);

}  // namespace postbell::ews
