// SPDX-License-Identifier: Apache-2.0
#include "provider_token.h"

#include <catch2/catch.hpp>

#include "test_credentials.h"

using namespace postbell::apns;
using namespace postbell::apns::testing;

namespace {

constexpr std::int64_t kStart = 1'700'000'000'000;

/// One key, uploaded for any number of apps.
struct Key {
    KeyHandle key = newEcKey();
    ProviderTokens tokens;

    std::shared_ptr<ProviderToken> open(const char* key_id = "ABC123DEFG") {
        EVP_PKEY_up_ref(key.get());
        return tokens.of(KeyHandle(key.get()), key_id, "TEAM123456");
    }
};

}  // namespace

TEST_CASE("all apps with one key present one token") {
    Key key;
    const auto mail = key.open(), calendar = key.open();
    const IssuedToken first = mail->next(0, kStart);
    CHECK(calendar->next(0, kStart + 19 * kMinute).text == first.text);
    CHECK(key.open()->next(0, kStart + 49 * kMinute).text == first.text);
    CHECK(key.open("ABC123DEFH")->next(0, kStart).text != first.text);
    CHECK(Key().open()->next(0, kStart).text != first.text);
}

TEST_CASE("a token is renewed once for all") {
    Key key;
    const auto mail = key.open(), calendar = key.open();
    const IssuedToken first = mail->next(0, kStart);
    calendar->next(0, kStart);
    const IssuedToken second = mail->next(first.issued_at_ms, kStart + 50 * kMinute);
    CHECK(second.issued_at_ms == kStart + 50 * kMinute);
    CHECK(calendar->next(first.issued_at_ms, kStart + 51 * kMinute).text == second.text);
}

TEST_CASE("no token is renewed within 20 minutes, and one that was refused is after that") {
    Key key;
    const auto mail = key.open();
    const IssuedToken first = mail->next(0, kStart);
    CHECK(mail->next(first.issued_at_ms, kStart + 19 * kMinute).text == first.text);
    CHECK(mail->next(first.issued_at_ms, kStart + 20 * kMinute).text != first.text);
}

TEST_CASE("a token of a clock that was ahead is signed again at once") {
    Key key;
    const auto mail = key.open();
    const IssuedToken ahead = mail->next(0, kStart + 48 * 60 * kMinute);
    const IssuedToken right = mail->next(ahead.issued_at_ms, kStart);
    CHECK(right.issued_at_ms == kStart);
    // As time servers correct it.
    CHECK(mail->next(right.issued_at_ms, kStart - kMinute / 2).text == right.text);
}
