// SPDX-License-Identifier: Apache-2.0
#include "service_account.h"

#include <openssl/pem.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "foreign_file.h"
#include "postbell/kit/private_key.hpp"

namespace postbell::fcm {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxText = 1024;
constexpr int kMinBits = 2048;
constexpr char kNotRsa[] =
    "The private key in this file is not an RSA key, and Google's service accounts sign with RSA "
    "(an "
    "AuthKey_....p8 of Apple is an EC key). Create a new key (JSON) in the console and upload that "
    "file unchanged.";

bool isProjectCharacter(char c) {
    // "my-project-1234"; old ones of Google Workspace domains: "example.com:my-project".
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == ':';
}

bool isVisible(char c) {
    return c > ' ' && c < 0x7f;
}

/// A member that must be text of a certain form. False with a sentence in `problem`.
bool take(const json& file, const char* name, bool (*fits)(char), std::string& out,
          std::string& problem) {
    const auto found = file.find(name);
    if (found == file.end() || !found->is_string() ||
        found->get_ref<const std::string&>().empty()) {
        problem = "The service account's file has no \"" + std::string(name) +
                  "\". Upload it unchanged, as the console gave it.";
        return false;
    }
    const auto& text = found->get_ref<const std::string&>();
    if (text.size() > kMaxText || !std::all_of(text.begin(), text.end(), fits)) {
        problem = "\"" + std::string(name) +
                  "\" in the service account's file has characters that do not belong there. "
                  "Upload the file unchanged, as the console gave it.";
        return false;
    }
    out = text;
    return true;
}

kit::KeyHandle readKey(const std::string& pem, std::string& problem) {
    const kit::ErrorQueueGuard errors;
    if (pem.find("-----BEGIN ENCRYPTED PRIVATE KEY") != std::string::npos) {
        problem =
            "The private key in this file is encrypted, and Google gives out service account keys "
            "unencrypted. Create a new key (JSON) in the console and upload that file unchanged.";
        return nullptr;
    }
    if (!kit::areQuickToRead(pem)) {
        problem = kNotRsa;
        return nullptr;
    }
    const kit::BioHandle reader = kit::readerOf(pem);
    kit::KeyHandle key(PEM_read_bio_PrivateKey(reader.get(), nullptr, kit::noPassword, nullptr));
    if (!key) {
        problem =
            "The private key in this file is damaged: it cannot be read (line breaks in it are "
            "written as \\n). Upload the file unchanged, as the console gave it.";
    } else if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA) {
        problem = kNotRsa;
        key.reset();
    } else if (EVP_PKEY_get_bits(key.get()) < kMinBits) {
        problem = "The RSA key in this file has only " +
                  std::to_string(EVP_PKEY_get_bits(key.get())) +
                  " bits, and Google's have 2048. Create a new key (JSON) in the console.";
        key.reset();
    } else if (!kit::isQuickToUse(*key)) {
        // The event loop signs with it.
        problem =
            "The RSA key in this file is none of Google's, which have 2048 bits and the "
            "public exponent 65537: it has " +
            std::to_string(EVP_PKEY_get_bits(key.get())) +
            " bits, or numbers of odd lengths. Create a new key (JSON) in the console.";
        key.reset();
    } else if (!kit::belongTogether(*key)) {
        problem =
            "The private key in this file is damaged: it reads, but cannot sign. Upload the file "
            "unchanged, as the console gave it.";
        key.reset();
    }
    return key;
}

}  // namespace

ServiceAccount readServiceAccount(std::string_view file) {
    ServiceAccount account;
    account.problem = explainFileOutside(file);
    if (!account.problem.empty()) return account;
    if (file.substr(0, 3) == "\xef\xbb\xbf") file.remove_prefix(3);
    const json content = json::parse(file.begin(), file.end(), nullptr, false);
    account.problem = explainJson(content);
    if (!account.problem.empty()) return account;

    if (!take(content, "project_id", isProjectCharacter, account.project_id, account.problem) ||
        !take(content, "client_email", isVisible, account.client_email, account.problem) ||
        !take(content, "private_key_id", isVisible, account.private_key_id, account.problem))
        return account;
    if (content.contains("token_uri") &&
        !take(content, "token_uri", isVisible, account.token_uri, account.problem))
        return account;
    const auto key = content.find("private_key");
    if (key == content.end() || !key->is_string()) {
        account.problem =
            "The service account's file has no \"private_key\". Create a key for it in the "
            "console (Keys, Add key, JSON) and upload that file unchanged.";
        return account;
    }
    account.key = readKey(key->get_ref<const std::string&>(), account.problem);
    return account;
}

}  // namespace postbell::fcm
