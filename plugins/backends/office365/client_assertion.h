// SPDX-License-Identifier: Apache-2.0
// A certificate in place of a client secret: the gateway signs that it is the application.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace postbell::office365 {

/// The assertion (a JWT, RS256) for a token request to `audience`. `pem`: the private key and its
/// certificate. Throws InvalidInput with a sentence for any other text.
std::string clientAssertion(std::string_view pem, std::string_view client_id,
                            std::string_view audience, std::int64_t now_ms);

}  // namespace postbell::office365
