// SPDX-License-Identifier: Apache-2.0
#include "notification_parser.h"

#include <expat.h>

#include <cstring>
#include <exception>
#include <limits>
#include <memory>
#include <new>
#include <optional>

#include "encoding.h"
#include "notification_builder.h"

namespace postbell::ews {
namespace {

constexpr char kSeparator = '|';  // not allowed in a URI, and expat refuses a namespace with it

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

Space spaceOf(std::string_view uri) {
    if (uri == "http://schemas.microsoft.com/exchange/services/2006/types") return Space::Exchange;
    if (uri == "http://schemas.microsoft.com/exchange/services/2006/messages")
        return Space::Exchange;
    if (uri == "http://schemas.xmlsoap.org/soap/envelope/") return Space::Soap11;
    if (uri == "http://www.w3.org/2003/05/soap-envelope") return Space::Soap12;
    return Space::Other;
}

ElementName elementName(const char* qualified) {
    const std::string_view all(qualified);
    const auto separator = all.rfind(kSeparator);
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
    explicit Pass(const EncodedText& text)
        : text_(text), parser_(XML_ParserCreateNS(expatName(text.encoding), kSeparator)) {
        if (!parser_) throw std::bad_alloc();
        XML_SetUserData(parser_.get(), this);
        XML_SetElementHandler(parser_.get(), start, end);
        XML_SetCharacterDataHandler(parser_.get(), characters);
        XML_SetStartNamespaceDeclHandler(parser_.get(), namespaceDeclared);
        XML_SetStartDoctypeDeclHandler(parser_.get(), doctype);
        XML_SetUnknownEncodingHandler(parser_.get(), windows1252, nullptr);
    }

    std::variant<SendNotification, Refusal> run() {
        if (text_.bytes.size() > std::numeric_limits<int>::max()) return Refusal::TooComplex;
        // In one piece: fed in pieces, expat scans a long token anew with each of them.
        const auto status = XML_Parse(parser_.get(), text_.bytes.data(),
                                      static_cast<int>(text_.bytes.size()), XML_TRUE);
        if (failure_) std::rethrow_exception(failure_);
        if (refusal_) return *refusal_;
        if (status != XML_STATUS_OK) return Refusal::Malformed;
        if (!builder_.found()) return Refusal::NoSendNotification;
        return builder_.take();
    }

  private:
    struct Free {
        void operator()(XML_Parser parser) const noexcept { XML_ParserFree(parser); }
    };

    void stop(Refusal why) noexcept {
        if (!refusal_) refusal_ = why;
        XML_StopParser(parser_.get(), XML_FALSE);
    }
    /// `step` returns false when a limit is exceeded.
    template <class Step>
    void guarded(Step step) noexcept {
        if (refusal_ || failure_) return;  // expat may deliver what it had read before it stops
        try {
            if (!step()) stop(Refusal::TooComplex);
        } catch (...) {
            failure_ = std::current_exception();
            XML_StopParser(parser_.get(), XML_FALSE);
        }
    }

    static Pass& of(void* user) noexcept { return *static_cast<Pass*>(user); }

    static void start(void* user, const XML_Char* name, const XML_Char** attributes) noexcept {
        Pass& self = of(user);
        self.guarded([&] {
            if (++self.nodes_ > kMaxNodes) return false;
            const int count = XML_GetSpecifiedAttributeCount(self.parser_.get()) / 2;
            if (static_cast<std::size_t>(count) > kMaxAttributes) return false;
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
        of(user).guarded([&] { return ++of(user).nodes_ <= kMaxNodes; });
    }
    static void doctype(void* user, const XML_Char*, const XML_Char*, const XML_Char*,
                        int) noexcept {
        of(user).stop(Refusal::DocumentType);
    }
    /// expat asks only for what it does not know itself, and expatName() gives one such name.
    static int windows1252(void*, const XML_Char*, XML_Encoding* map) noexcept {
        for (int byte = 0; byte < 256; ++byte) map->map[byte] = byte;
        std::memcpy(map->map + 0x80, kWindows1252Upper.data(), sizeof kWindows1252Upper);
        map->data = nullptr;
        map->convert = nullptr;
        map->release = nullptr;
        return XML_STATUS_OK;
    }

    const EncodedText& text_;
    std::unique_ptr<std::remove_pointer_t<XML_Parser>, Free> parser_;
    NotificationBuilder builder_;
    std::size_t nodes_ = 0;
    std::optional<Refusal> refusal_;
    std::exception_ptr failure_;
};

}  // namespace

std::variant<SendNotification, Refusal> parseNotification(std::string_view body,
                                                          std::string_view charset) {
    const auto text = detectEncoding(body, charset);
    if (!text) return Refusal::UnsupportedEncoding;
    return Pass(*text).run();
}

}  // namespace postbell::ews
