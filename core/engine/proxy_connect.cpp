// SPDX-License-Identifier: Apache-2.0
#include "engine/proxy_connect.h"

#include <charconv>
#include <stdexcept>

#include "util/origin.h"
#include "util/printable.h"

namespace postbell::engine {
namespace {

constexpr std::size_t kMaxReason = 100;
constexpr std::string_view kAnyMinor = "HTTP/1.";

}  // namespace

ProxyAddress ProxyAddress::parse(std::string_view text) {
    constexpr std::string_view kScheme = "http://";
    const auto refuse = [&](std::string_view why) {
        throw std::invalid_argument(
            "\"" + std::string(text) +
            "\" is not a proxy such as http://proxy.example.com:8080: " + std::string(why));
    };
    if (!text.starts_with(kScheme)) refuse("it does not begin with http://");
    const std::string_view origin_text =
        text.substr(0, text.size() - (text.ends_with('/') ? 1 : 0));
    const std::string_view rest = origin_text.substr(kScheme.size());
    if (rest.rfind(':') == rest.npos || rest.ends_with(']')) refuse("the port is missing");
    const auto origin = util::Origin::parseAny(origin_text);
    if (!origin) refuse("what follows http:// is not a host and a port");
    return {origin->host, origin->port};
}

std::string ProxyAddress::text() const {
    return util::bracketed(host).append(1, ':').append(std::to_string(port));
}

std::string connectRequest(std::string_view host, std::uint16_t port) {
    const std::string target = ProxyAddress{std::string(host), port}.text();
    return "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n\r\n";
}

ProxyAnswer::State ProxyAnswer::refuse(std::string reason) {
    reason_ = std::move(reason);
    return State::Refused;
}

ProxyAnswer::State ProxyAnswer::add(std::string_view bytes) {
    head_.append(bytes.substr(0, kMaxHeadBytes + 1 - std::min(head_.size(), kMaxHeadBytes)));
    if (!kAnyMinor.starts_with(std::string_view(head_).substr(0, kAnyMinor.size())))
        return refuse("does not speak HTTP/1");
    for (;;) {
        const auto end = head_.find("\r\n\r\n", begin_);
        if (end == std::string::npos) break;
        const std::string_view head = std::string_view(head_).substr(begin_, end - begin_);
        begin_ = end + 4;
        const State state = judge(head.substr(0, head.find("\r\n")));
        if (state == State::Accepted && begin_ != head_.size())
            return refuse("sent something of its own into the tunnel");
        if (state != State::Incomplete) return state;
    }
    if (head_.size() > kMaxHeadBytes) return refuse("sent a head of more than 16 KiB");
    return State::Incomplete;
}

ProxyAnswer::State ProxyAnswer::judge(std::string_view line) {
    int status = 0;
    constexpr std::size_t kVersionBytes = std::string_view("HTTP/1.1").size();
    if (!line.starts_with(kAnyMinor) || line.find(' ') != kVersionBytes)
        return refuse("sent no status line");
    const std::string_view rest = line.substr(kVersionBytes + 1);
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), status);
    if (error != std::errc() || end != rest.data() + 3 || status < 100)
        return refuse("sent no status line");
    constexpr int kSwitchingProtocols = 101;
    // RFC 9110 15.2: others may come before the answer.
    if (status < 200 && status != kSwitchingProtocols) return State::Incomplete;
    if (status >= 200 && status < 300) return State::Accepted;
    if (status == 407)
        return refuse("wants a user name and password (407), which Postbell does not send");
    return refuse("refused the tunnel: " + util::printable(rest, kMaxReason));
}

}  // namespace postbell::engine
