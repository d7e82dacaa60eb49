// SPDX-License-Identifier: Apache-2.0
// What devices send as a subscription: any bytes give a sentence or a token, and what is taken can
// be pushed to.
#include <cstdlib>

#include "encryption.h"
#include "subscription.h"

using namespace postbell;

namespace {

bool isPlain(std::string_view text) {
    for (const char c : text)
        if (c <= ' ' || c >= 0x7f) return false;
    return true;
}

void use(const webpush::Subscription& subscription) {
    const webpush::Endpoint& endpoint = subscription.endpoint;
    // Goes into a request's line and into VAPID's claim.
    if (!isPlain(endpoint.origin) || !isPlain(endpoint.path) || endpoint.path.front() != '/' ||
        endpoint.origin.find_first_of("/?#@\"\\", 8) != std::string::npos)
        std::abort();
    const std::string normal = subscription.text();
    if (normal.size() > POSTBELL_MAX_DEVICE_TOKEN_BYTES ||
        webpush::readSubscription(normal).text() != normal)
        std::abort();
    if (webpush::encrypt("{}", 256, subscription, webpush::Fresh::make()).size() != 86 + 256 + 17)
        std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view token(reinterpret_cast<const char*>(data), size);
    try {
        use(webpush::readSubscription(token));
    } catch (const InvalidInput& refusal) {
        if (std::string_view(refusal.what()).empty()) std::abort();
    }
    return 0;
}
