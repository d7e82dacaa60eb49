// SPDX-License-Identifier: Apache-2.0
// Who gave an answer: a proxy that opens TLS, or a captive portal, may answer in the place of a
// push network whose bodies are all JSON objects. Postbell's
// docs/decisions/answers-of-intermediaries.md weighs the mistakes that these functions could make.
#pragma once
#include <string_view>

#include "postbell/kit/http_status.hpp"

namespace postbell::kit {

enum class Answerer {
    Network,       ///< or in doubt
    Intermediary,  ///< it speaks for nobody
};

/// A text that the network does not write. `is_object`: the body is a JSON object.
inline bool isPage(std::string_view body, bool is_object) {
    return !body.empty() && !is_object;
}

/// For an answer without a mark that only the network sets. `page`: as isPage() says.
inline Answerer answererOf(int status, bool page) {
    if (asksForLogin(status)) return Answerer::Intermediary;
    // A server in trouble may answer with a page of its own front. The push is tried again anyway,
    // but the page's Retry-After may be a proxy's.
    if (status >= 500) return Answerer::Network;
    return page ? Answerer::Intermediary : Answerer::Network;
}

}  // namespace postbell::kit
