// SPDX-License-Identifier: Apache-2.0
#include "credential_file.h"

#include <openssl/pkcs12.h>

#include "openssl_handles.h"
#include "pem_blocks.h"

namespace postbell::apns {
namespace {

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

FileKind kindOfPem(std::string_view content) {
    bool key = false;
    bool encrypted = false;
    bool public_key = false;
    bool request = false;
    for (const PemBlock& block : pemBlocks(content)) {
        if (block.isCertificate()) return FileKind::PemIdentity;
        key |= block.isPrivateKey();
        encrypted |= block.isEncrypted();
        public_key |= block.isPublicKey();
        request |= block.isRequest();
    }
    if (key) return encrypted ? FileKind::EncryptedKey : FileKind::SigningKey;
    if (request) return FileKind::CertificateRequest;
    return public_key ? FileKind::PublicKey : FileKind::Unknown;
}

/// True if the whole of `content` is one object of that type.
template <auto Decode, auto Free>
bool decodes(std::string_view content) {
    const auto* at = reinterpret_cast<const unsigned char*>(content.data());
    const auto* const end = at + content.size();
    auto* object = Decode(nullptr, &at, static_cast<long>(content.size()));
    if (object == nullptr) return false;
    Free(object);
    return at == end;
}

FileKind kindOfDer(std::string_view content) {
    const ErrorQueueGuard errors;
    if (decodes<d2i_PKCS12, PKCS12_free>(content)) return FileKind::Pkcs12;
    if (decodes<d2i_X509, X509_free>(content)) return FileKind::BareCertificate;
    if (decodes<d2i_PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free>(content))
        return FileKind::SigningKey;
    if (decodes<d2i_X509_REQ, X509_REQ_free>(content)) return FileKind::CertificateRequest;
    if (decodes<d2i_X509_SIG, X509_SIG_free>(content)) return FileKind::EncryptedKey;
    if (decodes<d2i_X509_PUBKEY, X509_PUBKEY_free>(content)) return FileKind::PublicKey;
    return contains(content, "<plist") ? FileKind::ProvisioningProfile : FileKind::Unknown;
}

FileKind kindOfJson(std::string_view content) {
    if (contains(content, "\"service_account\"")) return FileKind::ServiceAccount;
    if (contains(content, "\"project_info\"")) return FileKind::GoogleServices;
    return FileKind::Json;
}

}  // namespace

FileKind kindOf(std::string_view content) {
    if (content.size() > kMaxFileBytes) return FileKind::TooBig;
    // A DER file never begins with white space or a byte order mark, so that these are text's.
    std::string_view text = content;
    if (text.substr(0, 3) == "\xef\xbb\xbf") text.remove_prefix(3);
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return FileKind::Empty;
    if (text[first] == '{') return kindOfJson(text);
    if (contains(text, "-----BEGIN ")) return kindOfPem(text);
    if (content.front() == 0x30) return kindOfDer(content);
    return contains(text, "<plist") ? FileKind::ProvisioningProfile : FileKind::Unknown;
}

}  // namespace postbell::apns
