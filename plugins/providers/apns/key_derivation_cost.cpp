// SPDX-License-Identifier: Apache-2.0
#include "key_derivation_cost.h"

#include <openssl/objects.h>
#include <openssl/x509.h>

#include "openssl_handles.h"

namespace postbell::apns {
namespace {

template <class T, auto Free>
Handle<T, Free> unpack(const ASN1_ITEM* type, const ASN1_TYPE* parameter) {
    return Handle<T, Free>(static_cast<T*>(ASN1_TYPE_unpack_sequence(type, parameter)));
}

}  // namespace

bool KeyDerivationCost::add(const ASN1_INTEGER* iterations) {
    std::int64_t count = 1;
    if (iterations != nullptr && (ASN1_INTEGER_get_int64(&count, iterations) != 1 || count < 0))
        return false;
    if (count > kMax - sum_) return false;
    sum_ += count;
    return true;
}

bool KeyDerivationCost::add(const X509_ALGOR& scheme) {
    if (OBJ_obj2nid(scheme.algorithm) != NID_pbes2) {
        const auto pbe =
            unpack<PBEPARAM, &PBEPARAM_free>(ASN1_ITEM_rptr(PBEPARAM), scheme.parameter);
        return !pbe || add(pbe->iter);
    }
    const auto pbes2 =
        unpack<PBE2PARAM, &PBE2PARAM_free>(ASN1_ITEM_rptr(PBE2PARAM), scheme.parameter);
    if (!pbes2 || OBJ_obj2nid(pbes2->keyfunc->algorithm) != NID_id_pbkdf2) return true;
    const auto pbkdf2 = unpack<PBKDF2PARAM, &PBKDF2PARAM_free>(ASN1_ITEM_rptr(PBKDF2PARAM),
                                                               pbes2->keyfunc->parameter);
    return !pbkdf2 || add(pbkdf2->iter);
}

}  // namespace postbell::apns
