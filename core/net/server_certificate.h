// SPDX-License-Identifier: Apache-2.0
// The certificate of a listener, as its clients will judge it.
#pragma once
#include <string>
#include <vector>

#include "util/time.h"

namespace postbell::net {

/// What is in a listener's `tls_certificate`.
struct ServerCertificate {
    util::WallTime expires;
    /// Sentences on what every client refuses.
    std::vector<std::string> faults;
    /// Sentences on what many clients refuse.
    std::vector<std::string> doubts;
};

/// Judges the files of a listener as a client that connects to `host`, a name or an address, would
/// (RFC 9525; RFC 8446, 4.4.2 on the chain); an empty host is not looked for. `ca_file`:
/// certificates that this organisation trusts beside the system's; empty: none. Throws
/// std::runtime_error with a sentence if the listener could not use the files at all: see
/// loadTlsContext().
ServerCertificate inspectServerCertificate(const std::string& certificate_file,
                                           const std::string& key_file, const std::string& host,
                                           const std::string& ca_file, util::WallTime now);

}  // namespace postbell::net
