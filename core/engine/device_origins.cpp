// SPDX-License-Identifier: Apache-2.0
#include "engine/device_origins.h"

#include <algorithm>
#include <string>

#include "engine/ip_address.h"
#include "engine/public_address.h"

namespace postbell::engine {
namespace {

constexpr std::size_t kMaxHost = 253;  // RFC 1035, 2.3.4, without the dot at the end
constexpr std::size_t kMaxLabel = 63;
constexpr std::size_t kMaxText = 8 + kMaxHost + 6;  // https:// and :65535

bool isLetter(char c) {
    return c >= 'a' && c <= 'z';
}

bool isLabel(std::string_view label) {
    return !label.empty() && label.size() <= kMaxLabel && label.front() != '-' &&
           label.back() != '-' && std::all_of(label.begin(), label.end(), [](char c) {
               return isLetter(c) || (c >= '0' && c <= '9') || c == '-';
           });
}

/// Names of networks that the public Internet does not know (RFC 6761; RFC 6762 with its appendix
/// G; RFC 8375; ICANN's resolutions 2018.02.04.12 and 2024.07.29.06; Kubernetes' services). Their
/// addresses are not public either; a proxy, though, looks them up itself.
bool isLocal(std::string_view host) {
    constexpr std::string_view kLocal[] = {".localhost", ".local",    ".localdomain", ".internal",
                                           ".home.arpa", ".intranet", ".private",     ".corp",
                                           ".home",      ".lan",      ".mail",        ".svc"};
    return std::any_of(std::begin(kLocal), std::end(kLocal),
                       [host](std::string_view end) { return host.ends_with(end); });
}

/// Why the host is no name of a public server; empty if it may be one.
std::string_view nameBreach(std::string_view host) {
    if (host.size() > kMaxHost) return "its host is longer than 253 characters";
    for (std::string_view rest = host;;) {
        const auto dot = rest.find('.');
        if (!isLabel(rest.substr(0, dot)))
            return "its host is not a name of letters, digits and hyphens between single dots";
        if (dot == rest.npos) {
            // Resolvers read "0x7f.1" and "2130706433" as addresses; no top-level domain begins
            // with a digit.
            if (!isLetter(rest.front())) return "its host is a number in an unusual spelling";
            break;
        }
        rest.remove_prefix(dot + 1);
    }
    if (host.find('.') == host.npos) return "its host is not a full name";
    if (isLocal(host)) return "its host is a name for local networks";
    return {};
}

}  // namespace

NamedBy DeviceOrigins::namedBy(const util::Origin& origin) const {
    const bool listed = std::find(allowed_.begin(), allowed_.end(), origin) != allowed_.end();
    return listed ? NamedBy::Operator : NamedBy::Device;
}

util::Result<util::Origin> DeviceOrigins::parse(std::string_view text) const {
    if (text.size() > kMaxText) return util::Problem{"the push server's origin is too long"};
    auto parsed = util::Origin::parse(text);
    if (!parsed || namedBy(*parsed) == NamedBy::Operator) return parsed;

    const util::Origin& origin = *parsed;
    const auto refuse = [&](std::string_view why) -> util::Result<util::Origin> {
        return util::Problem{"the push server " + origin.text() +
                             " cannot be pushed to: " + std::string(why)};
    };
    // Below 1024 are other services (mail, SSH, SMB), which should not get the first bytes of TLS
    // from here.
    if (origin.port != 443 && origin.port < 1024)
        return refuse("its port is neither 443 nor from 1024 up");
    if (const auto address = IpAddress::parse(origin.host)) {
        const auto why = whyNotPublic(*address);
        return why.empty() ? parsed : refuse("its address " + std::string(why));
    }
    const auto why = nameBreach(origin.host);
    return why.empty() ? parsed : refuse(why);
}

}  // namespace postbell::engine
