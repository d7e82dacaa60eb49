// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "apple_topics.h"
#include "openssl_handles.h"

namespace postbell::apns {

/// The parts of a certificate that concern pushing.
struct CertificateFacts {
    std::string common_name;         ///< "Apple Push Services: com.example.mail"
    std::string user_id;             ///< the subject's UID: the bundle id
    std::vector<AppleTopic> topics;  ///< of a universal certificate; empty if it has none
    bool development = false;
    bool production = false;
    bool voip_only = false;  ///< a VoIP Services certificate, which serves no mail app
    bool damaged = false;    ///< times or topics that cannot be read
    std::int64_t valid_from_ms = 0;
    std::int64_t expires_ms = 0;

    /// The topics that alerts and background pushes may go to, the subject's first.
    std::vector<std::string> appTopics() const;
};

CertificateFacts readCertificate(const X509& certificate);

}  // namespace postbell::apns
