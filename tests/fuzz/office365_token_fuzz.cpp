// SPDX-License-Identifier: Apache-2.0
// What a device, or Microsoft's login and Graph, may send to a managed backend: tokens, key sets,
// times.
#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "claims.h"
#include "encoding.h"
#include "graph_time.h"
#include "postbell/kit/base64url.hpp"
#include "postbell/kit/retry_after.hpp"
#include "signed_token.h"

using namespace postbell::office365;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    ManagedSettings settings;
    settings.tenant_id = "84bd8158-6d4d-4958-8b9f-9d6445542f95";
    settings.audiences = {"8e460676-ae3f-4b1e-8790-ee0fb5d6148f"};
    if (const auto token = parseToken(text))
        (void)checkIdToken(*token, settings, token->text("iss"), 1'767'225'600'000);
    (void)parseKeys(nlohmann::json::parse(text, nullptr, false));
    if (const auto time = readTime(text); time && *time >= 0) {
        // What was written can be read, to the second.
        const auto again = readTime(writeTime(*time));
        if (!again || *again / 1000 != *time / 1000) __builtin_trap();
    }
    (void)postbell::kit::retryAfterMs(text, 0);
    (void)splitUrl(text);
    if (const auto bytes = postbell::kit::decodeBase64Url(text);
        bytes && postbell::kit::base64Url(*bytes) != text)
        __builtin_trap();
    return 0;
}
