// SPDX-License-Identifier: Apache-2.0
#include "encryption.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

#include "p256.h"
#include "rfc8291.h"

using namespace postbell;
using namespace postbell::webpush;
using namespace postbell::webpush::testing;

namespace {

Fresh freshOfTheRfc() {
    Fresh fresh{keyPairOf(bytesOf(kSenderPrivate), bytesOf(kSenderPublic)), {}};
    const std::string salt = bytesOf(kSalt);
    std::copy(salt.begin(), salt.end(), fresh.salt.begin());
    return fresh;
}

constexpr std::size_t kHeader = 16 + 4 + 1 + kPointBytes;

}  // namespace

TEST_CASE("a message is encrypted as in the example of RFC 8291") {
    const Subscription subscription = readSubscription(subscriptionTo(kEndpoint));
    const std::string_view plaintext = kPlaintext;

    const std::string body = encrypt(plaintext, plaintext.size(), subscription, freshOfTheRfc());

    CHECK(kit::base64Url(body) == kMessage);
}

TEST_CASE("messages of different lengths have one length if they are padded alike") {
    const Subscription subscription = readSubscription(subscriptionTo(kEndpoint));

    const std::string brief = encrypt("{}", 256, subscription, Fresh::make());
    const std::string longer = encrypt(std::string(256, 'x'), 256, subscription, Fresh::make());

    CHECK(brief.size() == kHeader + 256 + 1 + 16);
    CHECK(longer.size() == brief.size());
    CHECK(encrypt("{}", kMaxPlaintext, subscription, Fresh::make()).size() == 4096);
}

TEST_CASE("no two messages share a key, a salt or a byte of the record") {
    const Subscription subscription = readSubscription(subscriptionTo(kEndpoint));
    std::set<std::string> salts, points, records;

    for (int i = 0; i < 20; ++i) {
        const std::string body = encrypt("{}", 256, subscription, Fresh::make());
        salts.insert(body.substr(0, 16));
        points.insert(body.substr(21, kPointBytes));
        records.insert(body.substr(kHeader));
    }

    CHECK(salts.size() == 20);
    CHECK(points.size() == 20);
    CHECK(records.size() == 20);
}

TEST_CASE("what is longer than its padding is not sent") {
    const Subscription subscription = readSubscription(subscriptionTo(kEndpoint));

    CHECK_THROWS_AS(encrypt("{}", 1, subscription, Fresh::make()), std::runtime_error);
    CHECK_THROWS_AS(encrypt("{}", kMaxPlaintext + 1, subscription, Fresh::make()),
                    std::runtime_error);
}
