// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string_view>

#include "notification.h"

namespace postbell::ews {

/// Larger documents are expat's.
inline constexpr std::size_t kMaxPlainBytes = 32 * 1024;

/// Reads the XML that Exchange writes day in, day out (elements, attributes, text, namespaces, all
/// of it ASCII) in a fifth of expat's time. Nothing: it met anything else, be it an entity, a
/// comment, a carriage return or a mistake, and expat is to read the document from its start. It
/// never refuses. A document that it reads, expat reads with the same result; a test and a fuzzer
/// hold the two against each other.
std::optional<SendNotification> scanPlain(std::string_view document);

}  // namespace postbell::ews
