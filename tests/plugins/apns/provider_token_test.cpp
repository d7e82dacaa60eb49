// SPDX-License-Identifier: Apache-2.0
#include "provider_token.h"

#include <catch2/catch.hpp>

#include "test_credentials.h"

using namespace postbell::apns;
using namespace postbell::apns::testing;

namespace {

constexpr std::int64_t kStart = 1'700'000'000'000;

/// A key in use for one app.
struct Opened {
    EVP_PKEY& key;
    std::shared_ptr<ProviderToken> token;

    IssuedToken next(std::int64_t presented_ms, std::int64_t now_ms) const {
        return token->next(key, presented_ms, now_ms);
    }
};

/// One key, uploaded for any number of apps.
struct Key {
    KeyHandle key = newEcKey();
    ProviderTokens tokens;

    Opened open(const char* key_id = "ABC123DEFG") {
        return {*key, tokens.of(*key, key_id, "TEAM123456")};
    }
};

}  // namespace

TEST_CASE("all apps with one key present one token") {
    Key key;
    const auto mail = key.open(), calendar = key.open();
    const IssuedToken first = mail.next(0, kStart);
    CHECK(calendar.next(0, kStart + 19 * kMinute).text == first.text);
    CHECK(key.open().next(0, kStart + 49 * kMinute).text == first.text);
    CHECK(key.open("ABC123DEFH").next(0, kStart).text != first.text);
    CHECK(Key().open().next(0, kStart).text != first.text);
}

TEST_CASE("a key whose last credential was removed presents its token when it is added again") {
    Key key;
    const std::string first = key.open().next(0, kStart).text;
    CHECK(key.open().next(0, kStart + 19 * kMinute).text == first);
}

TEST_CASE("a token is renewed once for all") {
    Key key;
    const auto mail = key.open(), calendar = key.open();
    const IssuedToken first = mail.next(0, kStart);
    calendar.next(0, kStart);
    const IssuedToken second = mail.next(first.issued_at_ms, kStart + 50 * kMinute);
    CHECK(second.issued_at_ms == kStart + 50 * kMinute);
    CHECK(calendar.next(first.issued_at_ms, kStart + 51 * kMinute).text == second.text);
}

TEST_CASE("no token is renewed within 20 minutes, and one that was refused is after that") {
    Key key;
    const auto mail = key.open();
    const IssuedToken first = mail.next(0, kStart);
    CHECK(mail.next(first.issued_at_ms, kStart + 19 * kMinute).text == first.text);
    CHECK(mail.next(first.issued_at_ms, kStart + 20 * kMinute).text != first.text);
}

TEST_CASE("a token of a clock that was ahead is signed again at once") {
    Key key;
    const auto mail = key.open();
    const IssuedToken ahead = mail.next(0, kStart + 48 * 60 * kMinute);
    const IssuedToken right = mail.next(ahead.issued_at_ms, kStart);
    CHECK(right.issued_at_ms == kStart);
    // As time servers correct it.
    CHECK(mail.next(right.issued_at_ms, kStart - kMinute / 2).text == right.text);
}

TEST_CASE("once a clock that was ahead is right, the token of before is presented again") {
    Key key;
    const auto mail = key.open(), calendar = key.open();
    const IssuedToken first = mail.next(0, kStart);
    const std::int64_t year = 365 * 24 * 60 * kMinute;
    const IssuedToken ahead = mail.next(first.issued_at_ms, kStart + year);
    CHECK(ahead.issued_at_ms == kStart + year);

    const std::int64_t right = kStart + kMinute;
    CHECK(mail.next(ahead.issued_at_ms, right).text == first.text);
    CHECK(calendar.next(0, right).text == first.text);
    CHECK(mail.next(first.issued_at_ms, kStart + 50 * kMinute).issued_at_ms ==
          kStart + 50 * kMinute);
}

TEST_CASE("a clock that is ahead for an hour leaves no token of before") {
    Key key;
    const auto mail = key.open();
    const IssuedToken first = mail.next(0, kStart);
    const IssuedToken ahead = mail.next(first.issued_at_ms, kStart + 48 * 60 * kMinute);
    CHECK(mail.next(ahead.issued_at_ms, kStart + 60 * kMinute).issued_at_ms ==
          kStart + 60 * kMinute);
}
