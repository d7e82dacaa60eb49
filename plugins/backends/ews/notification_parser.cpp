// SPDX-License-Identifier: Apache-2.0
#include "notification_parser.h"

#include <expat.h>

#include <cstring>
#include <exception>
#include <optional>

#include "encoding.h"
#include "namespaces.h"
#include "notification_builder.h"
#include "plain_scanner.h"

namespace postbell::ews {
namespace {

const char* expatName(Encoding encoding) {
    switch (encoding) {
        case Encoding::Utf8:
            return "UTF-8";
        case Encoding::Utf16Le:
            return "UTF-16LE";
        case Encoding::Utf16Be:
            return "UTF-16BE";
        case Encoding::Ascii:
            return "US-ASCII";
        case Encoding::Latin1:
            return "ISO-8859-1";
        case Encoding::Windows1252:
            return "windows-1252";
    }
    return "UTF-8";
}

ElementName elementName(const char* qualified) {
    const std::string_view all(qualified);
    const auto separator = all.rfind(XmlParserPool::kSeparator);
    if (separator == std::string_view::npos) return {Space::Other, all};
    return {spaceOf(all.substr(0, separator)), all.substr(separator + 1)};
}

/// expat's list of names and values, ended by a null pointer.
class ExpatAttributes final : public AttributeSource {
  public:
    explicit ExpatAttributes(const XML_Char** list) : list_(list) {}
    std::optional<std::string_view> attribute(std::string_view name) const override {
        for (const XML_Char** pair = list_; *pair != nullptr; pair += 2)
            if (name == *pair) return pair[1];
        return std::nullopt;
    }

  private:
    const XML_Char** list_;
};

/// One pass of expat over one body. No exception may cross expat's frames: each callback stops the
/// parser instead.
class Pass {
  public:
    explicit Pass(XML_Parser parser) : parser_(parser) {
        XML_SetUserData(parser, this);
        XML_SetElementHandler(parser, start, end);
        XML_SetCharacterDataHandler(parser, characters);
        XML_SetStartNamespaceDeclHandler(parser, namespaceDeclared);
        XML_SetStartDoctypeDeclHandler(parser, doctype);
        XML_SetUnknownEncodingHandler(parser, windows1252, nullptr);
    }

    std::variant<SendNotification, Refusal> run(std::string_view bytes) {
        const bool well_formed = feed(bytes);
        if (failure_) std::rethrow_exception(failure_);
        if (refusal_) return *refusal_;
        if (!well_formed) return Refusal::Malformed;
        if (!builder_.found()) return Refusal::NoSendNotification;
        return builder_.take();
    }

  private:
    /// Piece by piece, so that an endless tag is noticed before expat hashes its attributes. Few
    /// messages are longer than one piece.
    bool feed(std::string_view rest) {
        constexpr std::size_t kPiece = 2 * kMaxTokenBytes;
        std::size_t fed = 0;
        for (;;) {
            const std::string_view piece = rest.substr(0, kPiece);
            rest.remove_prefix(piece.size());
            fed += piece.size();
            const auto status = XML_Parse(parser_, piece.data(), static_cast<int>(piece.size()),
                                          rest.empty() ? XML_TRUE : XML_FALSE);
            if (status != XML_STATUS_OK || rest.empty()) return status == XML_STATUS_OK;
            const auto token_start = static_cast<std::size_t>(XML_GetCurrentByteIndex(parser_));
            if (fed - token_start > kMaxTokenBytes) {
                refusal_ = Refusal::TooComplex;
                return false;
            }
        }
    }

    void stop(Refusal why) noexcept {
        if (!refusal_) refusal_ = why;
        XML_StopParser(parser_, XML_FALSE);
    }
    /// `step` returns false when a limit is exceeded.
    template <class Step>
    void guarded(Step step) noexcept {
        if (refusal_ || failure_) return;  // expat may deliver what it had read before it stops
        try {
            if (!step()) stop(Refusal::TooComplex);
        } catch (...) {
            failure_ = std::current_exception();
            XML_StopParser(parser_, XML_FALSE);
        }
    }

    static Pass& of(void* user) noexcept { return *static_cast<Pass*>(user); }

    static void start(void* user, const XML_Char* name, const XML_Char** attributes) noexcept {
        Pass& self = of(user);
        self.guarded([&] {
            if (++self.nodes_ > kMaxNodes) return false;
            const int count = XML_GetSpecifiedAttributeCount(self.parser_) / 2;
            if (static_cast<std::size_t>(count) + self.declarations_ > kMaxAttributes) return false;
            self.declarations_ = 0;
            return self.builder_.startElement(elementName(name), ExpatAttributes(attributes));
        });
    }
    static void end(void* user, const XML_Char*) noexcept {
        of(user).guarded([&] {
            of(user).builder_.endElement();
            return true;
        });
    }
    static void characters(void* user, const XML_Char* text, int length) noexcept {
        of(user).guarded([&] {
            return of(user).builder_.text({text, static_cast<std::size_t>(length)});
        });
    }
    static void namespaceDeclared(void* user, const XML_Char*, const XML_Char*) noexcept {
        of(user).guarded([&] {
            return ++of(user).nodes_ <= kMaxNodes && ++of(user).declarations_ <= kMaxAttributes;
        });
    }
    static void doctype(void* user, const XML_Char*, const XML_Char*, const XML_Char*,
                        int) noexcept {
        of(user).stop(Refusal::DocumentType);
    }
    /// expat asks only for encodings unknown to it, and expatName() gives one such name.
    static int windows1252(void*, const XML_Char*, XML_Encoding* map) noexcept {
        for (int byte = 0; byte < 256; ++byte) map->map[byte] = byte;
        std::memcpy(map->map + 0x80, kWindows1252Upper.data(), sizeof kWindows1252Upper);
        map->data = nullptr;
        map->convert = nullptr;
        map->release = nullptr;
        return XML_STATUS_OK;
    }

    const XML_Parser parser_;
    NotificationBuilder builder_;
    std::size_t nodes_ = 0;
    std::size_t declarations_ = 0;  // since the last element began; expat reports them before it
    std::optional<Refusal> refusal_;
    std::exception_ptr failure_;
};

}  // namespace

std::variant<SendNotification, Refusal> NotificationParser::parse(std::string_view body,
                                                                  std::string_view charset) {
    const auto text = detectEncoding(body, charset);
    if (text && text->encoding == Encoding::Utf8)
        if (auto notification = scanPlain(text->bytes)) return *std::move(notification);
    return parseWithExpat(text);
}

std::variant<SendNotification, Refusal> NotificationParser::parseWithExpat(
    const std::optional<EncodedText>& text) {
    if (!text) return Refusal::UnsupportedEncoding;
    const XmlParserPool::Lease parser = pool_.lease(expatName(text->encoding));
    return Pass(parser.get()).run(text->bytes);
}

}  // namespace postbell::ews
