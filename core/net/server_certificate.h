// SPDX-License-Identifier: Apache-2.0
// The certificate of a listener, as its clients will judge it.
#pragma once
#include <openssl/types.h>

#include <string>
#include <vector>

#include "util/time.h"

namespace postbell::net {

/// Findings on a listener's `tls_certificate`.
struct ServerCertificate {
    util::WallTime begins, expires;
    /// The same for the same certificate with the same chain.
    std::string fingerprint;
    /// Sentences: why every client refuses it.
    std::vector<std::string> faults;
    /// Sentences: why many clients refuse it.
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

/// The same of the certificate in a server's context, which was read from `certificate_file`.
ServerCertificate inspectServerCertificate(SSL_CTX* context, const std::string& certificate_file,
                                           const std::string& host, const std::string& ca_file,
                                           util::WallTime now);

}  // namespace postbell::net
