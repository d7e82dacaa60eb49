// SPDX-License-Identifier: Apache-2.0
#include "engine/tls_bio.h"

#include <openssl/bio.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "util/openssl.h"

namespace postbell::engine {
namespace {

TlsBuffers& buffersOf(BIO* bio) {
    return *static_cast<TlsBuffers*>(BIO_get_data(bio));
}

int readIn(BIO* bio, char* to, std::size_t size, std::size_t* count) {
    BIO_clear_retry_flags(bio);
    TlsBuffers& buffers = buffersOf(bio);
    *count = std::min(size, buffers.in_end - buffers.in_begin);
    if (*count == 0) {
        BIO_set_retry_read(bio);
        return 0;
    }
    std::memcpy(to, buffers.in.data() + buffers.in_begin, *count);
    buffers.in_begin += *count;
    return 1;
}

int appendOut(BIO* bio, const char* from, std::size_t size, std::size_t* count) noexcept {
    *count = 0;
    try {
        buffersOf(bio).out.append(from, size);
    } catch (const std::bad_alloc&) {
        return 0;  // OpenSSL is C, and gives the connection up
    }
    *count = size;
    return 1;
}

long control(BIO*, int command, long, void*) {
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

// OpenSSL wants the method of its kind of BIO as a pointer that lives as long as any BIO of it.
const BIO_METHOD* method() {
    static const util::OpenSslPtr<BIO_METHOD> kMethod = [] {
        util::OpenSslPtr<BIO_METHOD> made(
            BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "postbell buffers"));
        if (!made) throw std::bad_alloc();
        BIO_meth_set_read_ex(made.get(), readIn);
        BIO_meth_set_write_ex(made.get(), appendOut);
        BIO_meth_set_ctrl(made.get(), control);
        return made;
    }();
    return kMethod.get();
}

}  // namespace

void attach(SSL* ssl, TlsBuffers& buffers) {
    BIO* bio = BIO_new(method());
    if (!bio) throw std::bad_alloc();
    BIO_set_data(bio, &buffers);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl, bio, bio);
}

}  // namespace postbell::engine
