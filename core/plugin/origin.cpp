// SPDX-License-Identifier: Apache-2.0
#include "plugin/origin.h"

#include "config/address.h"
#include "postbell/abi.h"
#include "util/printable.h"

namespace postbell::plugin {
namespace {

constexpr std::size_t kMaxTold = 64;

/// An http or https origin, without a path.
std::optional<config::HttpUrl> originOf(std::string_view text) {
    if (text.size() > POSTBELL_MAX_ORIGIN_BYTES) return std::nullopt;
    auto url = config::parseHttpUrl(text);
    if (url && !url->path.empty()) return std::nullopt;
    return url;
}

std::string wrong(std::string_view text, std::string_view accepted) {
    return "\"" + util::printable(text, kMaxTold) + "\", and " + std::string(accepted) +
           " is expected";
}

}  // namespace

std::optional<std::string> pushOrigin(std::string_view text) {
    const auto url = originOf(text);
    return url && url->origin.tls ? std::optional(url->origin.text()) : std::nullopt;
}

std::optional<std::string> managedOrigin(std::string_view text) {
    const auto url = originOf(text);
    const bool allowed = url && (url->origin.tls || config::isLoopback(url->origin.host));
    return allowed ? std::optional(url->origin.text()) : std::nullopt;
}

std::string wrongPushOrigin(std::string_view text) {
    return wrong(text,
                 "\"https://host\" or \"https://host:port\" (pushes go through TLS: http:// is not "
                 "spoken, not even to a loopback address)");
}

std::string wrongManagedOrigin(std::string_view text) {
    return wrong(text,
                 "\"https://host\" or \"https://host:port\" (http:// only to a loopback address)");
}

}  // namespace postbell::plugin
