// SPDX-License-Identifier: Apache-2.0
#include "util/file_descriptor.h"

#include <fcntl.h>

#include <catch2/catch.hpp>
#include <utility>

using postbell::util::FileDescriptor;

namespace {

bool isOpen(int descriptor) {
    return ::fcntl(descriptor, F_GETFD) >= 0;
}

FileDescriptor openNothing() {
    return FileDescriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

}  // namespace

TEST_CASE("a descriptor is closed by its last owner", "[util]") {
    int number = -1;
    {
        FileDescriptor first = openNothing();
        number = first.get();
        REQUIRE(first);
        const FileDescriptor second(std::move(first));
        CHECK(second.get() == number);
        CHECK(isOpen(number));
    }
    CHECK_FALSE(isOpen(number));
}

TEST_CASE("an assignment closes the former descriptor", "[util]") {
    FileDescriptor descriptor = openNothing();
    const int former = descriptor.get();

    descriptor = FileDescriptor();

    CHECK_FALSE(descriptor);
    CHECK_FALSE(isOpen(former));
}
