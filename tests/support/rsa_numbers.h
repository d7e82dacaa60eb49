// SPDX-License-Identifier: Apache-2.0
// RSA keys of numbers that a test chooses, made in no time.
#pragma once
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#include <stdexcept>
#include <string>
#include <utility>

#include "postbell/kit/openssl.hpp"

namespace postbell::test {

using Number = kit::Handle<BIGNUM, &BN_free>;

inline Number number() {
    return Number(BN_new());
}

/// 2^exponent - 1, a prime for some exponents, which takes no time to find.
inline Number mersenne(int exponent) {
    Number prime = number();
    BN_set_bit(prime.get(), exponent);
    BN_sub_word(prime.get(), 1);
    return prime;
}

struct RsaNumbers {
    Number n = number(), e = number(), d = number(), p = number(), q = number(), dp = number(),
           dq = number(), coefficient = number();

    /// OpenSSL does not look whether they belong together.
    kit::KeyHandle key() const {
        const kit::Handle<OSSL_PARAM_BLD, &OSSL_PARAM_BLD_free> builder(OSSL_PARAM_BLD_new());
        const std::pair<const char*, const BIGNUM*> parts[] = {
            {OSSL_PKEY_PARAM_RSA_N, n.get()},
            {OSSL_PKEY_PARAM_RSA_E, e.get()},
            {OSSL_PKEY_PARAM_RSA_D, d.get()},
            {OSSL_PKEY_PARAM_RSA_FACTOR1, p.get()},
            {OSSL_PKEY_PARAM_RSA_FACTOR2, q.get()},
            {OSSL_PKEY_PARAM_RSA_EXPONENT1, dp.get()},
            {OSSL_PKEY_PARAM_RSA_EXPONENT2, dq.get()},
            {OSSL_PKEY_PARAM_RSA_COEFFICIENT1, coefficient.get()}};
        for (const auto& [name, part] : parts) OSSL_PARAM_BLD_push_BN(builder.get(), name, part);
        const kit::Handle<OSSL_PARAM, &OSSL_PARAM_free> parameters(
            OSSL_PARAM_BLD_to_param(builder.get()));
        const kit::Handle<EVP_PKEY_CTX, &EVP_PKEY_CTX_free> context(
            EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
        EVP_PKEY* raw = nullptr;
        if (EVP_PKEY_fromdata_init(context.get()) != 1 ||
            EVP_PKEY_fromdata(context.get(), &raw, EVP_PKEY_KEYPAIR, parameters.get()) != 1)
            throw std::runtime_error("OpenSSL makes no key of these numbers");
        return kit::KeyHandle(raw);
    }
    std::string pem() const {
        const kit::BioHandle out(BIO_new(BIO_s_mem()));
        if (PEM_write_bio_PrivateKey(out.get(), key().get(), nullptr, nullptr, 0, nullptr,
                                     nullptr) != 1)
            throw std::runtime_error("OpenSSL writes no key of these numbers");
        const char* text = nullptr;
        const long size = BIO_get_mem_data(out.get(), &text);
        return {text, static_cast<std::size_t>(size)};
    }
};

/// A good key of the primes 2^first - 1 and 2^second - 1.
inline RsaNumbers mersenneKey(int first, int second) {
    RsaNumbers key;
    key.p = mersenne(first);
    key.q = mersenne(second);
    const Number phi = number(), p1 = mersenne(first), q1 = mersenne(second);
    const kit::Handle<BN_CTX, &BN_CTX_free> scratch(BN_CTX_new());
    BN_mul(key.n.get(), key.p.get(), key.q.get(), scratch.get());
    BN_set_word(key.e.get(), 65'537);
    BN_sub_word(p1.get(), 1);
    BN_sub_word(q1.get(), 1);
    BN_mul(phi.get(), p1.get(), q1.get(), scratch.get());
    BN_mod_inverse(key.d.get(), key.e.get(), phi.get(), scratch.get());
    BN_mod(key.dp.get(), key.d.get(), p1.get(), scratch.get());
    BN_mod(key.dq.get(), key.d.get(), q1.get(), scratch.get());
    BN_mod_inverse(key.coefficient.get(), key.q.get(), key.p.get(), scratch.get());
    return key;
}

}  // namespace postbell::test
