// SPDX-License-Identifier: Apache-2.0
// Apple's certificate extension 1.2.840.113635.100.6.3.6: the topics of a universal push
// certificate.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postbell::apns {

/// A topic and its uses: "app", "voip", "complication", ...
struct AppleTopic {
    std::string name;
    std::vector<std::string> kinds;
};

/// Decodes the extension's value: SEQUENCE { topic UTF8String, SEQUENCE { kind UTF8String ... } ...
/// }. Nothing if it is not DER of that shape.
std::optional<std::vector<AppleTopic>> decodeAppleTopics(std::string_view der);

}  // namespace postbell::apns
