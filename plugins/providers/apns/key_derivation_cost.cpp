// SPDX-License-Identifier: Apache-2.0
#include "key_derivation_cost.h"

#include <openssl/objects.h>
#include <openssl/x509.h>

#include <optional>

#include "openssl_handles.h"

namespace postbell::apns {
namespace {

template <class T, auto Free>
Handle<T, Free> unpack(const ASN1_ITEM* type, const ASN1_TYPE* parameter) {
    return Handle<T, Free>(static_cast<T*>(ASN1_TYPE_unpack_sequence(type, parameter)));
}

/// Nothing: no number, or below 1.
std::optional<std::int64_t> numberOf(const ASN1_INTEGER* number) {
    std::int64_t value = 0;
    if (ASN1_INTEGER_get_int64(&value, number) != 1 || value < 1) return std::nullopt;
    return value;
}

/// A block of scrypt's first parameter costs about as much as an iteration of PBKDF2 (measured:
/// 16,384 · 8 · 1 takes 50 ms). OpenSSL bounds the memory, and not the time. Nothing: beyond `max`.
std::optional<std::int64_t> iterationsOf(const SCRYPT_PARAMS& scrypt, std::int64_t max) {
    std::int64_t product = 1;
    for (const ASN1_INTEGER* factor :
         {scrypt.costParameter, scrypt.blockSize, scrypt.parallelizationParameter}) {
        const auto value = numberOf(factor);
        if (!value || *value > max / product) return std::nullopt;
        product *= *value;
    }
    return product;
}

}  // namespace

bool KeyDerivationCost::add(std::int64_t iterations) {
    if (iterations > kMax - sum_) return false;
    sum_ += iterations;
    return true;
}

bool KeyDerivationCost::add(const ASN1_INTEGER* iterations) {
    std::int64_t count = 1;
    if (iterations != nullptr && (ASN1_INTEGER_get_int64(&count, iterations) != 1 || count < 0))
        return false;
    return add(count);
}

bool KeyDerivationCost::add(const X509_ALGOR& scheme) {
    if (OBJ_obj2nid(scheme.algorithm) != NID_pbes2) {
        const auto pbe =
            unpack<PBEPARAM, &PBEPARAM_free>(ASN1_ITEM_rptr(PBEPARAM), scheme.parameter);
        return !pbe || add(pbe->iter);
    }
    const auto pbes2 =
        unpack<PBE2PARAM, &PBE2PARAM_free>(ASN1_ITEM_rptr(PBE2PARAM), scheme.parameter);
    return !pbes2 || addPbes2(*pbes2);
}

bool KeyDerivationCost::addPbes2(const PBE2PARAM& scheme) {
    const ASN1_TYPE* const parameter = scheme.keyfunc->parameter;
    switch (OBJ_obj2nid(scheme.keyfunc->algorithm)) {
        case NID_id_pbkdf2: {
            const auto pbkdf2 =
                unpack<PBKDF2PARAM, &PBKDF2PARAM_free>(ASN1_ITEM_rptr(PBKDF2PARAM), parameter);
            return !pbkdf2 || add(pbkdf2->iter);
        }
        case NID_id_scrypt: {
            const auto scrypt = unpack<SCRYPT_PARAMS, &SCRYPT_PARAMS_free>(
                ASN1_ITEM_rptr(SCRYPT_PARAMS), parameter);
            if (!scrypt) return true;
            const auto iterations = iterationsOf(*scrypt, kMax);
            return iterations && add(*iterations);
        }
        default:
            return true;
    }
}

}  // namespace postbell::apns
