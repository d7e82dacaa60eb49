// SPDX-License-Identifier: Apache-2.0
// The key with which an app server identifies itself to push servers (VAPID, RFC 8292).
#pragma once
#include <string>
#include <string_view>

#include "postbell/kit/openssl.hpp"
#include "postbell/provider.hpp"

namespace postbell::webpush {

/// A key, or a sentence for the admin that says what is wrong with its file.
struct VapidKey {
    kit::KeyHandle key;      ///< a key pair on P-256
    std::string public_key;  ///< base64url without padding, as applicationServerKey has it
    std::string problem;
};

/// Reads PEM, or the JSON of `web-push generate-vapid-keys --json`.
VapidKey readVapidKey(std::string_view file);

/// The fault of the setting "subject": whom the operators of push servers write to (RFC 8292, 2.1).
/// Empty if there is none; it may be left out.
std::string checkSubject(std::string_view subject);

/// The contents of an uploaded credential, and its fault.
CredentialReport inspectCredential(const CredentialFile& file);

/// JSON Schema of a credential.
extern const char kCredentialSchema[];

}  // namespace postbell::webpush
