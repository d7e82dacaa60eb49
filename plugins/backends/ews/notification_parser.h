// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string_view>
#include <variant>

#include "notification.h"

namespace postbell::ews {

/// Why a body was refused.
enum class Refusal {
    UnsupportedEncoding,
    Malformed,     ///< not well-formed XML with namespaces
    DocumentType,  ///< a DTD: SOAP forbids it (SOAP 1.1, section 3), and entity bombs need one
    TooComplex,    ///< a limit on depth, elements, attributes, values or events
    NoSendNotification
};

inline constexpr std::size_t kMaxElements =
    32'768;  ///< 1 MiB of what Exchange writes has a third of that
inline constexpr std::size_t kMaxAttributes = 64;  ///< of one element

/// Reads a SOAP message, 1.1 or 1.2. `charset`: what the transport says, may be empty. Pure and
/// thread-safe; time and memory are linear in the body's size.
std::variant<SendNotification, Refusal> parseNotification(std::string_view body,
                                                          std::string_view charset);

}  // namespace postbell::ews
