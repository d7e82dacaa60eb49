// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <optional>
#include <string_view>
#include <variant>

#include "encoding.h"
#include "notification.h"
#include "xml_parser_pool.h"

namespace postbell::ews {

/// Why a body was refused.
enum class Refusal {
    UnsupportedEncoding,
    Malformed,     ///< not well-formed XML with namespaces
    DocumentType,  ///< a DTD: SOAP forbids it (SOAP 1.1, section 3), and entity bombs need one
    TooComplex,    ///< a limit on depth, elements, attributes, tokens, values or events
    NoSendNotification
};

/// Elements and namespace declarations; 1 MiB from Exchange has a third of that.
inline constexpr std::size_t kMaxNodes = 32'768;
/// Attributes and namespace declarations of one element.
inline constexpr std::size_t kMaxAttributes = 64;
/// A tag, comment or the like from this size on may be refused; Exchange's tags have some hundred
/// bytes.
inline constexpr std::size_t kMaxTokenBytes = 16 * 1024;

/// Reads SOAP messages, 1.1 and 1.2. Plain ones take scanPlain(), all others expat, whose parsers
/// are kept between messages. Time and memory are linear in a body's size. Thread-safe.
class NotificationParser {
  public:
    /// `charset`: the transport's, may be empty.
    std::variant<SendNotification, Refusal> parse(std::string_view body, std::string_view charset);
    /// The same without scanPlain(), for messages beyond it. Nothing: an encoding that is not
    /// supported.
    std::variant<SendNotification, Refusal> parseWithExpat(const std::optional<EncodedText>& text);

  private:
    XmlParserPool pool_;
};

}  // namespace postbell::ews
