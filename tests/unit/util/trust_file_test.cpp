// SPDX-License-Identifier: Apache-2.0
#include "util/trust_file.h"

#include <openssl/x509.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <memory>

using Catch::Matchers::Contains;
using postbell::util::trustFile;

TEST_CASE("a file of roots that is none is refused at once, with a sentence") {
    const auto folder = std::filesystem::temp_directory_path() /
                        ("postbell-trust-file-" + std::to_string(::getpid()));
    std::filesystem::create_directory(folder);
    const auto pipe = folder / "pipe", empty = folder / "empty", half = folder / "half";
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    std::ofstream(empty).flush();
    std::ofstream(half) << "-----BEGIN CERTIFICATE-----\nMIIB";
    const std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> store(X509_STORE_new(),
                                                                        X509_STORE_free);

    CHECK(trustFile(*store, folder / "gone") == "cannot be read: No such file or directory");
    for (const std::string& none : {pipe.string(), std::string("/dev/zero")})
        CHECK_THAT(trustFile(*store, none), Contains("a pipe, a socket or a device"));
    CHECK(trustFile(*store, folder) == "is a folder, and no file");
    for (const auto& none : {empty, half})
        CHECK_THAT(trustFile(*store, none), Contains("no certificate in PEM form"));
    std::filesystem::remove_all(folder);
}
