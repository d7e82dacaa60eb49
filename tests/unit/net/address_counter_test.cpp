// SPDX-License-Identifier: Apache-2.0
#include "net/address_counter.h"

#include <catch2/catch.hpp>

using namespace postbell::net;

namespace {

AddressKey key(const std::string& address) {
    return AddressKey::of(address);
}

}  // namespace

TEST_CASE("an address gets its limit and no more, until one goes") {
    AddressCounter counter;
    const AddressKey one = key("192.0.2.7"), other = key("192.0.2.8");
    CHECK(counter.add(one, 2));
    CHECK(counter.add(one, 2));
    CHECK_FALSE(counter.add(one, 2));
    CHECK(counter.add(other, 2));
    counter.remove(one);
    CHECK(counter.add(one, 2));
    CHECK_FALSE(counter.add(key("192.0.2.9"), 0));
}

TEST_CASE(
    "the networks of a site share a larger limit, and a refused connection takes none of it") {
    AddressCounter counter;
    CHECK(counter.add(key("2001:db8:0:1::1"), 1));
    CHECK_FALSE(counter.add(key("2001:db8:0:1::2"), 1));
    for (const char* network : {"2001:db8:0:2::1", "2001:db8:0:3::1", "2001:db8:0:4::1"})
        CHECK(counter.add(key(network), 1));
    CHECK_FALSE(counter.add(key("2001:db8:0:5::1"), 1));
    CHECK(counter.add(key("2001:db8:0:100::1"), 1));
    counter.remove(key("2001:db8:0:1::1"));
    CHECK(counter.add(key("2001:db8:0:5::1"), 1));
}
