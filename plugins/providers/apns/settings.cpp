// SPDX-License-Identifier: Apache-2.0
#include "settings.h"

#include <stdexcept>

namespace postbell::apns {
namespace {

// Apple, "Sending notification requests to APNs": 443, or 2197 for firewalls that pass APNs but no
// other HTTPS.
constexpr char kProduction[] = "https://api.push.apple.com";
constexpr char kSandbox[] = "https://api.sandbox.push.apple.com";
constexpr char kOtherPort[] = ":2197";

bool isOrigin(std::string_view text) {
    constexpr std::string_view kScheme = "https://";
    return text.substr(0, kScheme.size()) == kScheme && text.size() > kScheme.size() &&
           text.find_first_of("/?#@ ", kScheme.size()) == std::string_view::npos;
}

}  // namespace

const char kCredentialSchema[] = R"({
  "type": "object",
  "additionalProperties": false,
  "file": {
    "required": true,
    "password": true,
    "description": "a signing key, AuthKey_....p8, with key-id and team-id; or a certificate with its key, .p12 or PEM"
  },
  "properties": {
    "key-id": {
      "type": "string",
      "description": "of a signing key: its id, ten characters, on Apple's page of keys"
    },
    "team-id": {
      "type": "string",
      "description": "of a signing key: the team's id, ten characters, on Apple's page of the membership"
    }
  }
})";

const char kConfigSchema[] = R"({
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "endpoint": {
      "type": "string",
      "default": "",
      "description": "https://host:port in place of Apple's hosts; only for tests"
    },
    "port": {
      "type": "integer",
      "enum": [443, 2197],
      "default": 443,
      "description": "the port of Apple's hosts; 2197 passes firewalls that hold back other HTTPS"
    }
  }
})";

namespace {

/// Apple's own, at the port of the key `port`.
Origins appleOrigins(const Host& host) {
    const std::string_view port = host.config("port").value_or("443");
    if (port != "443" && port != "2197")
        throw std::runtime_error("port is " + std::string(port) +
                                 "; Apple's hosts listen on 443 and 2197");
    const std::string suffix = port == "443" ? "" : kOtherPort;
    return {kProduction + suffix, kSandbox + suffix};
}

}  // namespace

Origins readOrigins(const Host& host) {
    const std::string_view endpoint = host.config("endpoint").value_or("");
    if (endpoint.empty()) return appleOrigins(host);
    if (!isOrigin(endpoint))
        throw std::runtime_error(
            "endpoint is \"" + std::string(endpoint) +
            "\"; it must be \"https://host\" or \"https://host:port\", without a path");
    return {std::string(endpoint), std::string(endpoint)};
}

std::vector<std::string> originsUsed(const Origins& origins) {
    if (origins.production == origins.sandbox) return {origins.production};
    return {origins.production, origins.sandbox};
}

}  // namespace postbell::apns
