// SPDX-License-Identifier: Apache-2.0
// The subscription ids that a registration had and replaced, as the database keeps them: hashes of
// 32 bytes one behind the other, newest last.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace postbell::store {

std::vector<std::string> splitHashes(std::string_view bytes);
bool isRetired(std::string_view retired, std::string_view id_hash);
/// The list with one more; the newest sixteen stay.
std::string retire(std::string_view retired, std::string_view id_hash);

}  // namespace postbell::store
