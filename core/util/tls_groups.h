// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace postbell::util {

/// The groups of key exchanges on every TLS connection, for SSL_CTX_set1_groups_list(). The oldest
/// mail servers have P-256, and some organisations allow P-384 alone. Others cost up to a hundred
/// times X25519's price (OpenSSL's own list has ffdhe8192, Poco's begins with X448), and a server
/// chooses before its certificate is looked at.
constexpr const char* kTlsGroups = "X25519:P-256:P-384";

}  // namespace postbell::util
