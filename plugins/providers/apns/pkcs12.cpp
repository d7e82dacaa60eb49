// SPDX-License-Identifier: Apache-2.0
#include "pkcs12.h"

#include <openssl/pkcs12.h>

#include <string>

#include "key_derivation_cost.h"

namespace postbell::apns {
namespace {

constexpr char kDamaged[] =
    "The .p12 file is damaged: it cannot be read. Export it again from Keychain Access.";
constexpr char kUnknownKind[] =
    "A private key in the .p12 file is neither an RSA nor an EC key, so no push certificate goes "
    "with "
    "it. Export the push certificate with its own key alone.";
constexpr char kTooCostly[] =
    "The .p12 file asks for an unreasonable amount of key derivation, so it is not opened. Export "
    "it again from "
    "Keychain Access.";
constexpr char kWrongPassword[] =
    "The password does not open the .p12 file. Give the one that was chosen when the file was "
    "exported (a line break at "
    "the end of the password file may be part of it).";
constexpr char kNoPassword[] =
    "The .p12 file is protected by a password, and none was given. Give it with --password-file.";
constexpr char kOldCiphers[] =
    "The .p12 file is encrypted with an old cipher that this OpenSSL does not offer. Convert it on "
    "a machine with "
    "OpenSSL's legacy provider: openssl pkcs12 -legacy -in old.p12 -nodes -out all.pem, then "
    "openssl pkcs12 -export "
    "-in all.pem -out new.p12.";

using Pkcs12Handle = Handle<PKCS12, &PKCS12_free>;
void freeBags(STACK_OF(PKCS12_SAFEBAG) * bags) {
    sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
}
void freeSafes(STACK_OF(PKCS7) * safes) {
    sk_PKCS7_pop_free(safes, PKCS7_free);
}
using BagsHandle = Handle<STACK_OF(PKCS12_SAFEBAG), &freeBags>;
using SafesHandle = Handle<STACK_OF(PKCS7), &freeSafes>;

/// Opens one file. `problem` in the contents stays empty as long as all goes well.
class Reader {
  public:
    Reader(const LibraryContext& library, std::string_view password)
        : library_(library), given_(password), password_(given_.c_str()) {}
    ~Reader() { OPENSSL_cleanse(given_.data(), given_.size()); }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    Contents read(std::string_view content) {
        const Pkcs12Handle file = decode(content);
        if (!file) {
            fail(kDamaged);
        } else if (checkMac(*file)) {
            readSafes(*file);
        }
        return std::move(contents_);
    }

  private:
    Pkcs12Handle decode(std::string_view content) const {
        // Data that is decoded into an object inherits the object's library context.
        PKCS12* file = PKCS12_init_ex(NID_pkcs7_data, library_.get(), nullptr);
        const BioHandle reader = readerOf(content);
        d2i_PKCS12_bio(reader.get(), &file);
        return Pkcs12Handle(file);
    }

    bool fail(const char* problem) {
        if (contents_.problem.empty()) contents_.problem = problem;
        return false;
    }

    int length() const { return password_ == nullptr ? 0 : static_cast<int>(given_.size()); }

    bool checkMac(PKCS12& file) {
        if (PKCS12_mac_present(&file) != 1) return true;
        const ASN1_INTEGER* iterations = nullptr;
        const X509_ALGOR* scheme = nullptr;
        PKCS12_get0_mac(nullptr, &scheme, nullptr, &iterations, &file);
        // RFC 9579. OpenSSL knows it from 3.4 on; a file without a MAC is opened as well.
        if (OBJ_obj2nid(scheme->algorithm) == NID_pbmac1) return true;
        if (!cost_.add(iterations)) return fail(kTooCostly);
        intact_ = PKCS12_verify_mac(&file, password_, length()) == 1;
        if (!intact_ && given_.empty()) {
            // "No password" is encoded in two ways, as an empty text and as nothing at all.
            password_ = nullptr;
            intact_ = PKCS12_verify_mac(&file, password_, 0) == 1;
        }
        return intact_ || fail(given_.empty() ? kNoPassword : kWrongPassword);
    }

    /// With the right password, proven by the MAC, only the cipher can be the reason.
    bool failDecryption() {
        if (intact_) return fail(kOldCiphers);
        return fail(given_.empty() ? kNoPassword : kWrongPassword);
    }

    void readSafes(PKCS12& file) {
        const SafesHandle safes(PKCS12_unpack_authsafes(&file));
        if (!safes) {
            fail(kDamaged);
            return;
        }
        for (int i = 0; i < sk_PKCS7_num(safes.get()); ++i) {
            const BagsHandle bags = openSafe(*sk_PKCS7_value(safes.get(), i));
            if (!contents_.problem.empty()) return;
            for (int b = 0; b < sk_PKCS12_SAFEBAG_num(bags.get()); ++b)
                if (!readBag(*sk_PKCS12_SAFEBAG_value(bags.get(), b))) return;
        }
    }

    BagsHandle openSafe(PKCS7& safe) {
        const int type = OBJ_obj2nid(safe.type);
        BagsHandle bags;
        if (type == NID_pkcs7_data && safe.d.data != nullptr) {
            bags.reset(PKCS12_unpack_p7data(&safe));
            if (!bags) fail(kDamaged);
        } else if (type == NID_pkcs7_encrypted && safe.d.encrypted != nullptr) {
            if (!cost_.add(*safe.d.encrypted->enc_data->algorithm)) {
                fail(kTooCostly);
                return bags;
            }
            bags.reset(PKCS12_unpack_p7encdata(&safe, password_, length()));
            if (!bags) failDecryption();
        } else {
            fail(kDamaged);
        }
        return bags;
    }

    bool readBag(const PKCS12_SAFEBAG& bag) {
        switch (PKCS12_SAFEBAG_get_nid(&bag)) {
            case NID_certBag:
                if (X509* certificate = PKCS12_SAFEBAG_get1_cert(&bag))
                    contents_.certificates.emplace_back(certificate);
                return true;
            case NID_keyBag:
                return addKey(PKCS12_SAFEBAG_get0_p8inf(&bag));
            case NID_pkcs8ShroudedKeyBag:
                return openKey(bag);
            default:
                return true;  // revocation lists, secrets: not ours
        }
    }

    bool openKey(const PKCS12_SAFEBAG& bag) {
        const X509_ALGOR* scheme = nullptr;
        X509_SIG_get0(PKCS12_SAFEBAG_get0_pkcs8(&bag), &scheme, nullptr);
        if (!cost_.add(*scheme)) return fail(kTooCostly);
        const Handle<PKCS8_PRIV_KEY_INFO, &PKCS8_PRIV_KEY_INFO_free> info(
            PKCS12_decrypt_skey_ex(&bag, password_, length(), library_.get(), nullptr));
        return info ? addKey(info.get()) : failDecryption();
    }

    bool addKey(const PKCS8_PRIV_KEY_INFO* info) {
        if (!isQuickToRead(*info)) return fail(kUnknownKind);
        KeyHandle key(EVP_PKCS82PKEY_ex(info, library_.get(), nullptr));
        if (!key) return fail(kDamaged);
        contents_.keys.push_back(std::move(key));
        return true;
    }

    const LibraryContext& library_;
    std::string given_;
    const char* password_;  ///< given_, or null
    bool intact_ = false;
    KeyDerivationCost cost_;
    Contents contents_;
};

}  // namespace

IdentityFile readPkcs12(std::string_view content, std::string_view password,
                        OldCiphers old_ciphers) {
    const ErrorQueueGuard errors;
    const LibraryContext library(old_ciphers);
    return identitiesIn(Reader(library, password).read(content));
}

}  // namespace postbell::apns
