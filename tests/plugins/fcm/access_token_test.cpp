// SPDX-License-Identifier: Apache-2.0
#include "access_token.h"

#include <openssl/evp.h>

#include <catch2/catch.hpp>

#include "assertion.h"
#include "test_accounts.h"

using namespace postbell;
using namespace postbell::fcm;
using namespace postbell::fcm::testing;
using Catch::Matchers::Contains;
using nlohmann::json;

namespace {

std::string decodeBase64Url(std::string text) {
    for (char& c : text) {
        REQUIRE((c != '+' && c != '/' && c != '='));
        if (c == '-') c = '+';
        if (c == '_') c = '/';
    }
    const std::size_t padding = (4 - text.size() % 4) % 4;
    text.append(padding, '=');
    std::string out(text.size() / 4 * 3, '\0');
    const int length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                       reinterpret_cast<const unsigned char*>(text.data()),
                                       static_cast<int>(text.size()));
    REQUIRE(length >= 0);
    out.resize(static_cast<std::size_t>(length) - padding);
    return out;
}

bool verifies(const std::string& signed_text, const std::string& signature, EVP_PKEY& key) {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> digest(EVP_MD_CTX_new(),
                                                                         &EVP_MD_CTX_free);
    return EVP_DigestVerifyInit(digest.get(), nullptr, EVP_sha256(), nullptr, &key) == 1 &&
           EVP_DigestVerify(digest.get(), reinterpret_cast<const unsigned char*>(signature.data()),
                            signature.size(),
                            reinterpret_cast<const unsigned char*>(signed_text.data()),
                            signed_text.size()) == 1;
}

Authorization answerOf(int status, const std::string& body, const std::string& retry_after = "") {
    const postbell_header header{str("retry-after"), str(retry_after), 0};
    postbell_response raw{};
    raw.size = sizeof raw;
    raw.status = status;
    raw.headers = &header;
    raw.header_count = retry_after.empty() ? 0 : 1;
    raw.body = bytes(body);
    raw.detail = str(status == 0 ? "no connection" : "");
    Authorization out;
    readTokenAnswer(Response(raw), kNow, out);
    return out;
}

std::string refusal(const char* error, const char* description) {
    return json{{"error", error}, {"error_description", description}}.dump();
}

}  // namespace

TEST_CASE("an assertion says what Google asks for, and its signature verifies") {
    const ServiceAccount account = readServiceAccount(accountJson().dump());
    REQUIRE(account.problem.empty());

    const std::string jwt =
        makeAssertion(account, "https://oauth2.googleapis.com/token", kNow / 1000);

    const std::size_t first = jwt.find('.');
    const std::size_t second = jwt.find('.', first + 1);
    CHECK(json::parse(decodeBase64Url(jwt.substr(0, first))) ==
          json{{"alg", "RS256"},
               {"typ", "JWT"},
               {"kid", "0123456789abcdef0123456789abcdef01234567"}});
    CHECK(json::parse(decodeBase64Url(jwt.substr(first + 1, second - first - 1))) ==
          json{{"iss", "postbell@mail-project-1.iam.gserviceaccount.com"},
               {"scope", "https://www.googleapis.com/auth/firebase.messaging"},
               {"aud", "https://oauth2.googleapis.com/token"},
               {"iat", kNow / 1000},
               {"exp", kNow / 1000 + 3600}});
    CHECK(verifies(jwt.substr(0, second), decodeBase64Url(jwt.substr(second + 1)), googleKey()));
}

TEST_CASE("the assertion is posted as a form to the token endpoint") {
    const ServiceAccount account = readServiceAccount(accountJson().dump());

    const auto request = tokenRequest(account, {"https://oauth2.googleapis.com", "/token"}, kNow);

    CHECK(request->method == "POST");
    CHECK(request->origin == "https://oauth2.googleapis.com");
    CHECK(request->path == "/token");
    CHECK(request->headers.at(0).value == "application/x-www-form-urlencoded");
    CHECK_THAT(request->body,
               Catch::StartsWith("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer"
                                 "&assertion=ey"));
    CHECK(request->body.find_first_of(" +\n") == std::string::npos);
}

TEST_CASE("an access token is presented until shortly before its end and renewed earlier") {
    const Authorization got =
        answerOf(200, R"({"access_token":"ya29.abc","expires_in":3599,"token_type":"Bearer"})");

    CHECK(got.name == "authorization");
    CHECK(got.value == "Bearer ya29.abc");
    CHECK(got.renew_ms == kNow + 3'299'000);
    CHECK(got.expires_ms == kNow + 3'569'000);
    CHECK(got.problem.empty());
    CHECK_FALSE(got.not_now);
}

TEST_CASE("odd lives of a token are bounded") {
    const auto lifeOf = [](const char* expires_in) {
        return answerOf(200,
                        std::string(R"({"access_token":"t","expires_in":)") + expires_in + "}");
    };
    for (const char* odd :
         {"1", "0", "-5", "60", "1e300", "99999999999999999999", "\"x\"", "null"}) {
        CAPTURE(odd);
        const Authorization got = lifeOf(odd);
        CHECK(got.value == "Bearer t");
        CHECK(got.renew_ms <= got.expires_ms);
        CHECK(got.expires_ms <= kNow + 24 * 3'600'000);
        CHECK(got.renew_ms >= kNow);
    }
    CHECK(lifeOf("60").renew_ms == kNow + 30'000);
}

TEST_CASE("an answer without a usable token is tried again") {
    for (const std::string& body :
         {std::string(), std::string("{}"), std::string("[]"), std::string("nonsense"),
          std::string(R"({"id_token":"x"})"), std::string(R"({"access_token":""})"),
          std::string(R"({"access_token":"a b"})"), std::string(R"({"access_token":"a\r\nx: y"})"),
          std::string(R"({"access_token":7})"),
          std::string(R"({"access_token":"a","token_type":"mac"})"),
          R"({"access_token":")" + std::string(5000, 'a') + "\"}",
          std::string(100'000, ' ') + R"({"access_token":"a"})"}) {
        CAPTURE(body.substr(0, 50));
        const Authorization got = answerOf(200, body);
        CHECK(got.name.empty());
        CHECK(got.not_now);
        CHECK_FALSE(got.problem.empty());
    }
}

TEST_CASE("a refusal names Google's word and what to do") {
    const std::tuple<const char*, const char*, const char*> refusals[] = {
        {"invalid_grant", "Invalid JWT Signature.", "key was deleted"},
        {"invalid_grant", "Invalid grant: account not found", "service account was deleted"},
        {"invalid_grant",
         "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable "
         "timeframe. Check your iat and exp values in the JWT claim.",
         "clock"},
        {"invalid_grant", "", "clock"},
        {"disabled_client", "The OAuth client was disabled.", "disabled"},
        {"unauthorized_client", "", "console"},
        {"invalid_scope", "", "console"},
    };
    for (const auto& [error, description, word] : refusals) {
        const Authorization got = answerOf(400, refusal(error, description));
        CAPTURE(error, description, got.problem);
        CHECK_FALSE(got.not_now);
        CHECK_THAT(got.problem, Contains(error) && Contains(word));
    }
    CHECK_FALSE(answerOf(401, refusal("invalid_client", "")).not_now);
}

TEST_CASE("trouble of the authorization server is waited out") {
    CHECK(answerOf(503, "").not_now);
    CHECK(answerOf(500, refusal("internal_failure", "")).not_now);
    CHECK(answerOf(400, refusal("temporarily_unavailable", "")).not_now);
    CHECK(answerOf(429, refusal("rate_limit_exceeded", ""), "30").retry_after_ms == 30'000);
    CHECK(answerOf(404, "<html>proxy</html>").not_now);
    CHECK(answerOf(302, "").not_now);
    CHECK(answerOf(0, "").not_now);
    CHECK_THAT(answerOf(0, "").problem, Contains("no connection"));
    CHECK_THAT(answerOf(503, "").problem, Contains("503"));
}

TEST_CASE("what a server says is fit for a log line") {
    const Authorization got =
        answerOf(400, refusal("invalid_grant", ("a\nb\x01" + std::string(10'000, 'c')).c_str()));
    CHECK(got.problem.find('\n') == std::string::npos);
    CHECK(got.problem.size() < 500);
}
