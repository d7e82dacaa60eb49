// SPDX-License-Identifier: Apache-2.0
#include "util/trust_file.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "support/temporary_folder.h"
#include "support/test_certificates.h"

using Catch::Matchers::Contains;
using postbell::util::trustFile;

TEST_CASE("a root whose public key cannot be read is none") {
    // On a curve of an unknown name: the same bytes, but for the last of prime256v1's identifier.
    const std::string known = postbell::test::TestAuthority().certificate();
    const std::unique_ptr<BIO, decltype(&BIO_free)> in(
        BIO_new_mem_buf(known.data(), static_cast<int>(known.size())), BIO_free);
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(
        PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr), X509_free);
    unsigned char* der = nullptr;
    const int size = i2d_X509(certificate.get(), &der);
    REQUIRE(size > 0);
    std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    const std::string curve = "\x2a\x86\x48\xce\x3d\x03\x01\x07";
    const std::size_t at = bytes.find(curve);
    REQUIRE(at != std::string::npos);
    bytes[at + curve.size() - 1] = '\x7f';
    const postbell::testing::TemporaryFolder folder;
    const std::string file = folder.file("roots.pem");
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new_file(file.c_str(), "w"), BIO_free);
    REQUIRE(PEM_write_bio(out.get(), "CERTIFICATE", "",
                          reinterpret_cast<const unsigned char*>(bytes.data()),
                          static_cast<long>(bytes.size())) > 0);
    REQUIRE(BIO_flush(out.get()) == 1);
    const std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> store(X509_STORE_new(),
                                                                        X509_STORE_free);

    CHECK(trustFile(*store, file).problem == "holds no certificate whose public key can be read");
    std::ofstream(file, std::ios::app) << known;
    const auto both = trustFile(*store, file);
    CHECK(both.problem.empty());
    CHECK(both.unread_keys == 1);
}

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

    CHECK(trustFile(*store, folder / "gone").problem ==
          "cannot be read: No such file or directory");
    for (const std::string& none : {pipe.string(), std::string("/dev/zero")})
        CHECK_THAT(trustFile(*store, none).problem, Contains("a pipe, a socket or a device"));
    CHECK(trustFile(*store, folder).problem == "is a folder, and no file");
    for (const auto& none : {empty, half})
        CHECK_THAT(trustFile(*store, none).problem, Contains("no certificate in PEM form"));
    std::filesystem::remove_all(folder);
}
