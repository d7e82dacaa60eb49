// SPDX-License-Identifier: Apache-2.0
// The mail server of these tests is Poco's. At its end it shuts connections that its own threads
// still write to, and its reference counts are in a library that is not instrumented: the thread
// sanitizer reports both, inside Poco and OpenSSL. The gateway has no such server.

extern "C" {

// NOLINTNEXTLINE(bugprone-reserved-identifier): the sanitizer's name, which it looks up.
__attribute__((visibility("default"))) const char* __tsan_default_suppressions();

// NOLINTNEXTLINE(bugprone-reserved-identifier)
const char* __tsan_default_suppressions() {
    return "race:Poco::Net::HTTPServerConnection\n"
           "race:libssl.so\n"
           "race:libcrypto.so\n";
}
}
