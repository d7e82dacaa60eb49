// SPDX-License-Identifier: Apache-2.0
// Lets OpenSSL read and write our buffers instead of a socket: one recv() and one send() for many
// TLS records.
#pragma once
#include <openssl/ssl.h>

#include <cstddef>
#include <string>

namespace postbell::engine {

/// Ciphertext on its way between a socket and an SSL. Must outlive the SSL that it is attached to.
struct TlsBuffers {
    static constexpr std::size_t kInBytes = 32 * 1024;

    std::string in = std::string(kInBytes, '\0');
    std::size_t in_begin = 0;  ///< received and not read yet: [in_begin, in_end)
    std::size_t in_end = 0;
    std::string out;
    std::size_t out_begin = 0;  ///< the bytes from here on are not sent yet
};

/// Makes `ssl` read from `buffers.in` and append to `buffers.out`. Throws std::bad_alloc.
void attach(SSL* ssl, TlsBuffers& buffers);

}  // namespace postbell::engine
