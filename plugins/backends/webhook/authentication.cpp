// SPDX-License-Identifier: Apache-2.0
#include "authentication.h"

#include <algorithm>

#include "postbell/kit/authorization.hpp"
#include "postbell/kit/base64.hpp"
#include "postbell/kit/constant_time.hpp"
#include "postbell/kit/hmac.hpp"
#include "postbell/kit/text.hpp"
#include "postbell/plugin.hpp"

namespace postbell::webhook {
namespace {

constexpr std::size_t kHmacBytes = 32;

std::string lowerCase(std::string_view text) {
    std::string lower(text);
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    return lower;
}

/// The characters of RFC 9110, 5.6.2.
bool isHeaderName(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
    });
}

std::optional<std::string> decodeHex(std::string_view text) {
    const auto digit = [](char c) {
        if (c >= '0' && c <= '9') return c - '0';
        if (c >= 'a' && c <= 'f') return c - 'a' + 10;
        if (c >= 'A' && c <= 'F') return c - 'A' + 10;
        return -1;
    };
    std::string bytes;
    for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
        const int high = digit(text[i]), low = digit(text[i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        bytes += static_cast<char>(high * 16 + low);
    }
    return bytes;
}

/// 32 bytes have 64 digits in hexadecimal and 43 or 44 characters in base64: which of the two a
/// server writes need not be configured.
std::optional<std::string> signatureBytes(std::string_view text) {
    return text.size() == 2 * kHmacBytes ? decodeHex(text) : kit::decodeBase64(text);
}

}  // namespace

std::optional<Authentication::Scheme> Authentication::schemeCalled(std::string_view word) {
    if (word == "bearer") return Scheme::Bearer;
    if (word == "basic") return Scheme::Basic;
    if (word == "hmac-sha256") return Scheme::HmacSha256;
    if (word == "url") return Scheme::Url;
    return std::nullopt;
}

Authentication::Authentication(const ConfigReader& config)
    : signature_header_(lowerCase(config("signature_header").value_or("x-signature"))),
      signature_prefix_(config("signature_prefix").value_or("")) {
    const auto scheme = schemeCalled(config("auth").value_or("bearer"));
    if (!scheme)
        throw InvalidInput("auth must be \"bearer\", \"basic\", \"hmac-sha256\" or \"url\"");
    scheme_ = *scheme;
    if (scheme_ != Scheme::HmacSha256 && (config("signature_header") || config("signature_prefix")))
        throw InvalidInput("signature_header and signature_prefix need auth = \"hmac-sha256\"");
    if (!isHeaderName(signature_header_))
        throw InvalidInput("signature_header must be the name of a header");
}

bool Authentication::isShown(std::string_view secret, const HeaderReader& header,
                             std::string_view body) const {
    // A callback of a time when the config asked for none shows nothing.
    if (needsSecret() && secret.empty()) return false;
    switch (scheme_) {
        case Scheme::Url:
            return true;
        case Scheme::Bearer: {
            const auto token = kit::bearerToken(header("authorization"));
            return token && kit::equalConstantTime(*token, secret);
        }
        case Scheme::Basic: {
            const auto password = kit::basicPassword(header("authorization"));
            return password && kit::equalConstantTime(*password, secret);
        }
        case Scheme::HmacSha256:
            return isSigned(secret, kit::trim(header(signature_header_)), body);
    }
    return false;
}

bool Authentication::isSigned(std::string_view secret, std::string_view signature,
                              std::string_view body) const {
    if (signature.substr(0, signature_prefix_.size()) != signature_prefix_) return false;
    const auto bytes = signatureBytes(signature.substr(signature_prefix_.size()));
    return bytes && kit::equalConstantTime(*bytes, kit::hmacSha256(secret, body));
}

std::string Authentication::expectation() const {
    switch (scheme_) {
        case Scheme::Url:
            return {};
        case Scheme::Bearer:
            return "Authorization: Bearer, with the secret of this callback";
        case Scheme::Basic:
            return "Authorization: Basic, with the secret of this callback as the password";
        case Scheme::HmacSha256:
            return signature_header_ + ", the body's HMAC-SHA-256 with the secret of this callback";
    }
    return {};
}

}  // namespace postbell::webhook
