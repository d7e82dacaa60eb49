// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <pwd.h>
#include <sys/types.h>

#include <array>
#include <string>

namespace postbell::util {

/// For messages: "postbell", or "user id 107" of a user without a name.
inline std::string userName(uid_t user) {
    std::array<char, 4096> room{};
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwuid_r(user, &entry, room.data(), room.size(), &found) == 0 && found != nullptr)
        return found->pw_name;
    return "user id " + std::to_string(user);
}

}  // namespace postbell::util
