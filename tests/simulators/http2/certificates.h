// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace http2_simulator {

struct ServerCertificate {
    std::string certificate_file;
    std::string key_file;
    std::string ca_file;
};

/// Makes a CA and, signed by it, a certificate for localhost, 127.0.0.1 and ::1, valid for `days`
/// (negative: expired) in `directory`, which is made when missing. Throws std::runtime_error.
ServerCertificate makeServerCertificate(const std::string& directory, int days);

}  // namespace http2_simulator
