// SPDX-License-Identifier: Apache-2.0
// The answers of the plugin in fake_provider_plugin.cpp; shared by the plugin and the test that has
// loaded it, in one process.
#pragma once
#include <cstdint>
#include <functional>

#include "support/scripted_plugin.h"

namespace postbell::testing {

/// The defaults make a provider that accepts everything.
struct ProviderScript {
    using Report = std::function<void(const postbell_credential_report&)>;

    std::function<postbell_status(postbell_str token, postbell_token_check&)> check_token;
    std::function<postbell_status(const postbell_credential_file&, const Report&)> inspect;
    std::function<postbell_status(std::int64_t now_ms, postbell_authorization&)> authorize;
    std::function<postbell_status(const postbell_response&, postbell_authorization&)> authorized;
    std::function<postbell_status(const postbell_push&, postbell_http_request&)> request;
    std::function<postbell_status(const postbell_push&, const postbell_response&,
                                  postbell_outcome&)>
        outcome;
    bool opens = true;
    int open_credentials = 0;
};

}  // namespace postbell::testing
