// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "library_context.h"
#include "openssl_handles.h"

namespace postbell::apns {

/// The private keys of a PEM file, encrypted ones opened with `password`. `problem` becomes a
/// sentence for the admin if one of them cannot be opened. The keys are of `library`, which must
/// outlive them.
std::vector<KeyHandle> readPemKeys(std::string_view content, std::string_view password,
                                   const LibraryContext& library, std::string& problem);

}  // namespace postbell::apns
