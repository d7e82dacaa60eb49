// SPDX-License-Identifier: Apache-2.0
// The certificate that a provider showed in the TLS handshake.
#pragma once

#include <openssl/x509.h>

#include <string>
#include <string_view>
#include <vector>

namespace apns_simulator {

struct ClientCertificate {
    std::string subject;
    /// Subject UID: the bundle id.
    std::string user_id;
    /// Extension 1.2.840.113635.100.6.3.6: every topic of a newer certificate; empty in older ones.
    std::vector<std::string> listed_topics;
    bool development = false;  // 1.2.840.113635.100.6.3.1
    bool production = false;   // 1.2.840.113635.100.6.3.2

    bool allowsTopic(std::string_view topic) const;
    /// What Apple assumes when apns-topic is left out; empty when it would not know.
    std::string_view defaultTopic() const;
};

ClientCertificate readClientCertificate(X509* certificate);

}  // namespace apns_simulator
