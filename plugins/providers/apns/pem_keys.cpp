// SPDX-License-Identifier: Apache-2.0
#include "pem_keys.h"

#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#include <cstring>

#include "key_derivation_cost.h"
#include "pem_blocks.h"

namespace postbell::apns {
namespace {

constexpr char kNoPassword[] =
    "The private key in the file cannot be read: it is encrypted, and no password was given. Give "
    "the password with --password-file.";
constexpr char kWrongPassword[] =
    "The private key in the file cannot be read: the password is wrong, or the key is damaged.";
constexpr char kWrongPasswordOrOldCipher[] =
    "The private key in the file cannot be read: the password is wrong, the key is damaged, or it "
    "is encrypted with an old cipher that this OpenSSL does not offer. Write it anew on a machine "
    "with OpenSSL's legacy provider: openssl pkey -provider legacy -provider default -in old.pem "
    "-aes256 -out new.pem.";
constexpr char kDamaged[] = "The private key in the file is damaged: it cannot be read.";
constexpr char kUnknownKind[] =
    "The private key in the file is neither an RSA nor an EC key, so no push certificate goes with "
    "it.";
constexpr char kTooCostly[] =
    "The private key in the file asks for an unreasonable amount of key derivation, so it is not "
    "opened. Export it again.";

/// In place of OpenSSL's own, which asks at the terminal.
int givePassword(char* buffer, int size, int, void* user) {
    const auto& password = *static_cast<const std::string_view*>(user);
    if (password.empty() || password.size() > static_cast<std::size_t>(size)) return -1;
    std::memcpy(buffer, password.data(), password.size());
    return static_cast<int>(password.size());
}

/// The old way of encrypting keys, by a header in the PEM text, fetches its cipher from the
/// thread's default library context.
class DefaultScope {
  public:
    explicit DefaultScope(const LibraryContext& library)
        : previous_(OSSL_LIB_CTX_set0_default(library.get())) {}
    ~DefaultScope() { OSSL_LIB_CTX_set0_default(previous_); }
    DefaultScope(const DefaultScope&) = delete;
    DefaultScope& operator=(const DefaultScope&) = delete;

  private:
    OSSL_LIB_CTX* const previous_;
};

class KeyReader {
  public:
    KeyReader(std::string_view password, const LibraryContext& library)
        : password_(password), library_(library) {}

    /// Null: see problem().
    KeyHandle read(const PemBlock& block) {
        problem_ = problemOf(block);
        return block.label == "ENCRYPTED PRIVATE KEY" ? readPkcs8(block) : readOther(block);
    }
    const char* problem() const { return problem_; }

  private:
    const char* problemOf(const PemBlock& block) const {
        if (!block.isEncrypted()) return kDamaged;
        if (password_.empty()) return kNoPassword;
        return library_.hasOldCiphers() ? kWrongPassword : kWrongPasswordOrOldCipher;
    }

    KeyHandle readPkcs8(const PemBlock& block) {
        const BioHandle reader = readerOf(block.text);
        const Handle<X509_SIG, &X509_SIG_free> encrypted(
            PEM_read_bio_PKCS8(reader.get(), nullptr, noPassword, nullptr));
        if (!encrypted || password_.empty()) return nullptr;
        const X509_ALGOR* scheme = nullptr;
        X509_SIG_get0(encrypted.get(), &scheme, nullptr);
        if (!cost_.add(*scheme)) return refused(kTooCostly);
        const Handle<PKCS8_PRIV_KEY_INFO, &PKCS8_PRIV_KEY_INFO_free> info(
            PKCS8_decrypt_ex(encrypted.get(), password_.data(), static_cast<int>(password_.size()),
                             library_.get(), nullptr));
        if (!info) return nullptr;
        if (!isQuickToRead(*info)) return refused(kUnknownKind);
        return KeyHandle(EVP_PKCS82PKEY_ex(info.get(), library_.get(), nullptr));
    }

    KeyHandle refused(const char* problem) {
        problem_ = problem;
        return nullptr;
    }

    KeyHandle readOther(const PemBlock& block) {
        if (!areQuickToRead(block.text)) return refused(kUnknownKind);
        const DefaultScope scope(library_);
        const BioHandle reader = readerOf(block.text);
        return KeyHandle(PEM_read_bio_PrivateKey_ex(reader.get(), nullptr, givePassword, &password_,
                                                    library_.get(), nullptr));
    }

    std::string_view password_;
    const LibraryContext& library_;
    KeyDerivationCost cost_;
    const char* problem_ = kDamaged;
};

}  // namespace

std::vector<KeyHandle> readPemKeys(std::string_view content, std::string_view password,
                                   const LibraryContext& library, std::string& problem) {
    std::vector<KeyHandle> keys;
    KeyReader reader(password, library);
    for (const PemBlock& block : pemBlocks(content)) {
        if (!block.isPrivateKey()) continue;
        if (KeyHandle key = reader.read(block))
            keys.push_back(std::move(key));
        else
            problem = reader.problem();
    }
    return keys;
}

}  // namespace postbell::apns
