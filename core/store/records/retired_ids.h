// SPDX-License-Identifier: Apache-2.0
// The subscription ids that a registration had and replaced: hashes of 32 bytes one behind the
// other, newest last, since every event reads the list and hardly any looks into it.
#pragma once
#include <string>
#include <string_view>

namespace postbell::store {

bool isRetired(std::string_view retired, std::string_view id_hash);
/// The list with one more; the newest sixteen stay.
std::string retire(std::string_view retired, std::string_view id_hash);

}  // namespace postbell::store
