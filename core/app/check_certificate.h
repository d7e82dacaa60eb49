// SPDX-License-Identifier: Apache-2.0
// The certificates of listeners: a part of `check`.
#pragma once
#include <nlohmann/json_fwd.hpp>

#include <string>
#include <utility>

#include "app/check_report.h"
#include "net/server_certificate.h"
#include "util/time.h"

namespace postbell::app {

/// The verdict on the certificate of `file`, with all that is to be said of it.
std::pair<Verdict, std::string> judge(const net::ServerCertificate& found, const std::string& file,
                                      util::WallTime now);

/// Whether the running gateway serves the certificate `held` of the listener's file. `gateway`:
/// from checkGateway().
void checkServed(CheckReport& report, const std::string& listener,
                 const net::ServerCertificate& held, const nlohmann::json& gateway,
                 util::WallTime now);

}  // namespace postbell::app
