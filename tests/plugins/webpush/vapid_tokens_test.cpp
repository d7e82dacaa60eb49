// SPDX-License-Identifier: Apache-2.0
#include "vapid_tokens.h"

#include <catch2/catch.hpp>

#include <openssl/ecdsa.h>

#include <nlohmann/json.hpp>

#include "p256.h"
#include "rfc8291.h"

using namespace postbell;
using namespace postbell::webpush;
using namespace postbell::webpush::testing;
using nlohmann::json;

namespace {

constexpr std::int64_t kNow = 1'767'225'600'000;
constexpr std::int64_t kHour = 3'600'000;
constexpr char kOrigin[] = "https://push.example.net";

VapidTokens tokensFor(std::string subject = "mailto:ops@example.com") {
    return {keyPairOf(bytesOf(kSenderPrivate), bytesOf(kSenderPublic)), kSenderPublic,
            std::move(subject)};
}

struct Parts {
    std::string signed_part, header, claims, signature, key;
};

/// "vapid t=HEADER.CLAIMS.SIGNATURE, k=KEY"
Parts partsOf(const std::string& header) {
    const std::string begin = "vapid t=", middle = ", k=";
    REQUIRE(header.substr(0, begin.size()) == begin);
    const std::size_t end = header.find(middle);
    REQUIRE(end != std::string::npos);
    const std::string token = header.substr(begin.size(), end - begin.size());
    const std::size_t first = token.find('.'), second = token.rfind('.');
    REQUIRE(first < second);
    return {token.substr(0, second), bytesOf(token.substr(0, first)),
            bytesOf(token.substr(first + 1, second - first - 1)), bytesOf(token.substr(second + 1)),
            header.substr(end + middle.size())};
}

bool verifies(const Parts& parts) {
    const auto number = [&](std::size_t at) {
        return BN_bin2bn(reinterpret_cast<const unsigned char*>(parts.signature.data()) + at, 32,
                         nullptr);
    };
    REQUIRE(parts.signature.size() == 64);
    const kit::Handle<ECDSA_SIG, &ECDSA_SIG_free> signature(ECDSA_SIG_new());
    ECDSA_SIG_set0(signature.get(), number(0), number(32));
    unsigned char* der = nullptr;
    const int size = i2d_ECDSA_SIG(signature.get(), &der);
    const kit::KeyHandle key = publicKeyOf(bytesOf(parts.key));
    const kit::DigestHandle digest(EVP_MD_CTX_new());
    const bool good =
        EVP_DigestVerifyInit(digest.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
        EVP_DigestVerify(digest.get(), der, static_cast<std::size_t>(size),
                         reinterpret_cast<const unsigned char*>(parts.signed_part.data()),
                         parts.signed_part.size()) == 1;
    OPENSSL_free(der);
    return good;
}

}  // namespace

TEST_CASE("a token is for one origin, ends within a day, and verifies with the key beside it") {
    VapidTokens tokens = tokensFor();

    const Parts parts = partsOf(tokens.headerFor(kOrigin, kNow));

    CHECK(json::parse(parts.header) == json{{"typ", "JWT"}, {"alg", "ES256"}});
    CHECK(json::parse(parts.claims) == json{{"aud", kOrigin},
                                            {"exp", (kNow + 12 * kHour) / 1000},
                                            {"sub", "mailto:ops@example.com"}});
    CHECK(parts.key == kSenderPublic);
    CHECK(verifies(parts));
}

TEST_CASE("without a contact there is no sub") {
    VapidTokens tokens = tokensFor("");
    CHECK_FALSE(json::parse(partsOf(tokens.headerFor(kOrigin, kNow)).claims).contains("sub"));
}

TEST_CASE("a token is signed once for the pushes of six hours") {
    VapidTokens tokens = tokensFor();
    const std::string first = tokens.headerFor(kOrigin, kNow);

    CHECK(tokens.headerFor(kOrigin, kNow + 6 * kHour - 1) == first);
    CHECK(tokens.headerFor("https://other.example", kNow) != first);
    const std::string second = tokens.headerFor(kOrigin, kNow + 6 * kHour);
    CHECK(json::parse(partsOf(second).claims)["exp"] == (kNow + 18 * kHour) / 1000);
}

TEST_CASE("a token of a clock that was ahead is not used") {
    VapidTokens tokens = tokensFor();
    const std::string ahead = tokens.headerFor(kOrigin, kNow + 48 * kHour);

    const std::string right = tokens.headerFor(kOrigin, kNow);

    CHECK(right != ahead);
    CHECK(tokens.headerFor(kOrigin, kNow - 59'000) == right);
}

TEST_CASE("a token that a server refused is made anew") {
    VapidTokens tokens = tokensFor();
    const std::string first = tokens.headerFor(kOrigin, kNow);

    tokens.forget(kOrigin);
    tokens.forget("https://never.example");

    CHECK(tokens.headerFor(kOrigin, kNow) != first);  // no two signatures are alike
}

TEST_CASE("of very many origins those that were used last are remembered") {
    VapidTokens tokens = tokensFor();
    const std::string kept = tokens.headerFor(kOrigin, kNow);
    const std::string lost = tokens.headerFor("https://0.example", kNow);

    for (std::size_t i = 1; i < VapidTokens::kMaxOrigins; ++i) {
        tokens.headerFor("https://" + std::to_string(i) + ".example", kNow);
        tokens.headerFor(kOrigin, kNow);
    }

    CHECK(tokens.headerFor(kOrigin, kNow) == kept);
    CHECK(tokens.headerFor("https://0.example", kNow) != lost);
}
