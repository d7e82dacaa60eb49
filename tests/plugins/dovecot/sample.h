// SPDX-License-Identifier: Apache-2.0
// The recorded notifications, and one to be made.
#pragma once
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

namespace postbell::dovecot {

/// `name` without ".json".
inline std::string sample(const std::string& name) {
    std::ifstream in(DOVECOT_SAMPLES "/" + name + ".json", std::ios::binary);
    if (!in) throw std::runtime_error("no sample " + name);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

/// 32 random bytes in base64url, as an app puts them into a mailbox.
constexpr const char* kId = "pD9X3qj0Tq5f0o2m1cVvJ8yLrW4uKzB7hN6sEaGtRxQ";

/// A notification with the members that the gateway needs; `more` are further ones.
inline std::string notification(const std::string& user, const std::string& event,
                                const std::string& folder = "INBOX",
                                const std::string& more = R"(,"unseen":3)") {
    return R"({"user":")" + user + R"(","event":")" + event + R"(","folder":")" + folder + "\"" +
           more + "}";
}

}  // namespace postbell::dovecot
