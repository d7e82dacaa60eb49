// SPDX-License-Identifier: Apache-2.0
// The plugin's object for a credential, and all the calls that are made on it.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "engine/answer.h"
#include "plugin/authorization.h"
#include "plugin/raw_response.h"
#include "provider/provider.h"
#include "provider/push.h"

namespace postbell::provider {

/// C++ values in and out; the plugin's results are checked here, and a breach of the contract is
/// logged with the plugin's name. The calls may come from any thread; the caller sees to it that
/// they never overlap.
class OpenCredential {
  public:
    /// Throws std::runtime_error with a sentence if the provider does not open it. `problem`: the
    /// finding of inspect(), for that sentence.
    OpenCredential(const Provider& provider, const CredentialUpload& upload,
                   const std::string& problem);
    ~OpenCredential();
    OpenCredential(const OpenCredential&) = delete;
    OpenCredential& operator=(const OpenCredential&) = delete;

    const Provider& provider() const { return provider_; }

    plugin::AuthorizationAnswer authorize(util::WallTime now);
    /// The meaning of the authorization server's answer to an exchange, or of its absence.
    plugin::AuthorizationAnswer authorized(const engine::Answer& answer, util::WallTime now);

    /// Fills `encoded`, whose memory is used again. Its views are valid until the next call of any
    /// of these functions.
    void encode(const Push& push, util::WallTime now, Encoded& encoded);
    /// As encode() above, with texts that live in `texts`.
    void encode(const Push& push, util::WallTime now, Encoded& encoded, std::string& texts);
    /// Precondition: the answer's `failure` is None.
    Outcome classify(const Push& push, const engine::Answer& answer, util::WallTime now);

  private:
    /// The answer, with a breach in it logged.
    plugin::AuthorizationAnswer complained(plugin::AuthorizationAnswer answer) const;
    std::string requestBreach(const postbell_http_request& request, const Push& push);
    std::string originBreach(std::string_view origin, const Push& push);
    /// Valid until the next call.
    const postbell_response& response(const engine::Answer& answer);

    const Provider& provider_;
    const postbell_provider_v0& table_;
    void* self_ = nullptr;
    void* opened_ = nullptr;
    // Kept for their memory.
    plugin::RawResponse response_;
    std::vector<postbell_header> push_settings_;
    std::string checked_origin_;  // the last one that may be used
};

}  // namespace postbell::provider
