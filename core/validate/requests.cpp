// SPDX-License-Identifier: Apache-2.0
#include "validate/requests.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "plugin/origin.h"
#include "plugin/request_check.h"

namespace postbell::validate {
namespace {

std::optional<std::string> normal(std::string_view origin, Origins rules) {
    return rules == Origins::Push ? plugin::pushOrigin(origin) : plugin::managedOrigin(origin);
}

std::string wrong(std::string_view origin, Origins rules) {
    return rules == Origins::Push ? plugin::wrongPushOrigin(origin)
                                  : plugin::wrongManagedOrigin(origin);
}

}  // namespace

std::vector<std::string> originsOf(const Running& running, Origins rules) {
    std::size_t count = 0;
    const postbell_str* raw = rules == Origins::Push
                                  ? running.provider().origins(running.self(), &count)
                                  : running.managed()->origins(running.self(), &count);
    std::vector<std::string> origins;
    for (std::size_t i = 0; i < count; ++i) {
        const auto origin = normal(view(raw[i]), rules);
        require(origin.has_value(), "it names the origin " + wrong(view(raw[i]), rules));
        origins.push_back(*origin);
    }
    for (const std::string& allowed : running.subject.section.allowed_origins)
        origins.push_back(normal(allowed, rules).value_or(allowed));
    return origins;
}

void requireSendable(const testing::SentRequest& request, const std::vector<std::string>& origins,
                     Origins rules) {
    std::vector<postbell_header> headers;
    for (const auto& [name, value] : request.headers) headers.push_back({str(name), str(value), 0});
    postbell_http_request raw{};
    raw.size = sizeof raw;
    raw.method = str(request.method);
    raw.path = str(request.path);
    raw.headers = headers.data();
    raw.header_count = headers.size();
    raw.body = bytes(request.body);
    const std::string breach = plugin::requestBreach(raw);
    require(breach.empty(), "its request cannot be sent: " + breach);
    const auto origin = normal(request.origin, rules);
    require(origin.has_value(), "its request goes to " + wrong(request.origin, rules));
    require(origins.empty() || std::find(origins.begin(), origins.end(), *origin) != origins.end(),
            "its request goes to " + *origin + ", which origins() does not name");
}

}  // namespace postbell::validate
