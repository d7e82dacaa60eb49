// SPDX-License-Identifier: Apache-2.0
// Requests to Graph's collection of subscriptions.
#pragma once
#include <string>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "encoding.h"
#include "managed_settings.h"
#include "postbell/managed.hpp"

namespace postbell::office365 {

constexpr std::string_view kSubscriptions = "/v1.0/subscriptions";

inline std::string subscriptionPath(std::string_view id) {
    return std::string(kSubscriptions) + "/" + percentEncode(id);
}

/// `body`: null for none.
inline void sendToGraph(HttpRequest& request, std::string_view method,
                        const ManagedSettings& settings, std::string path,
                        const nlohmann::json& body = nullptr) {
    request.method = method;
    request.origin = settings.graph;
    request.path = std::move(path);
    request.headers = {{"accept", "application/json"}};
    if (body.is_null()) return;
    request.headers.push_back({"content-type", "application/json"});
    request.body = body.dump();
}

}  // namespace postbell::office365
