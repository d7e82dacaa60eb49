// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <string_view>

namespace postbell::sqlite {

/// The database file that a `[store] url` names: `sqlite://` and an absolute path, hence three
/// slashes ("sqlite:///var/lib/postbell/postbell.db"); a fourth one, as other programs want it,
/// changes nothing. A relative path is refused: a service's working directory was not
/// chosen. Throws StoreError with a sentence.
std::filesystem::path databaseFile(std::string_view url);

}  // namespace postbell::sqlite
