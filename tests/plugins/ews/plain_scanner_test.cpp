// SPDX-License-Identifier: Apache-2.0
#include "plain_scanner.h"

#include <catch2/catch.hpp>

#include <random>
#include <string>

#include "notification_parser.h"
#include "sample.h"

using namespace postbell::ews;

namespace {

constexpr const char* kSamples[] = {
    "drv-01-created-newmail-modified-unread1", "drv-04-moved-item",
    "drv-09-moreevents-true-unread-twice",     "drv-10-two-response-messages",
    "drv-14-error-internalservererror",        "sn-01-status-exchange2016",
    "sn-02-modified-item-and-folder",          "sn-03-modified-folder-workmail"};

std::string plain(const char* name) {
    std::string text = sample(name);
    std::erase(text, '\r');
    return text;
}

/// What scanPlain() reads, expat reads, and finds the same.
bool agree(const std::string& text) {
    const auto scanned = scanPlain(text);
    if (!scanned) return true;
    const auto parsed = NotificationParser().parseWithExpat(EncodedText{Encoding::Utf8, text});
    const auto* same = std::get_if<SendNotification>(&parsed);
    return same != nullptr && *same == *scanned;
}

std::string withBody(const std::string& inside) {
    return "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>"
           "<SendNotification "
           "xmlns=\"http://schemas.microsoft.com/exchange/services/2006/messages\">" +
           inside + "</SendNotification></s:Body></s:Envelope>";
}

}  // namespace

TEST_CASE("captured messages are plain, and read as expat reads them", "[ews]") {
    for (const char* name : kSamples) {
        INFO(name);
        const std::string text = plain(name);
        CHECK(scanPlain(text));
        CHECK(agree(text));
    }
}

TEST_CASE("whatever is changed in a message, both read the same or expat reads alone", "[ews]") {
    constexpr std::string_view kBytes =
        "<>/=\"' :&;!?-[]xmlns|#\t\n\r\x7f\x80"
        "a0";
    std::mt19937 random(1);
    const auto below = [&random](std::size_t limit) { return random() % limit; };
    for (const char* name : kSamples) {
        const std::string text = plain(name);
        for (int i = 0; i < 1000; ++i) {
            std::string changed = text;
            for (std::size_t changes = 1 + below(3); changes > 0; --changes) {
                const std::size_t at = below(changed.size());
                switch (below(4)) {
                    case 0:
                        changed[at] = kBytes[below(kBytes.size())];
                        break;
                    case 1:
                        changed.insert(at, 1, kBytes[below(kBytes.size())]);
                        break;
                    case 2:
                        changed.erase(at, 1 + below(4));
                        break;
                    default:
                        changed.insert(at, changed, below(changed.size()), below(40));
                }
                if (changed.empty()) changed = text;
            }
            if (!agree(changed)) FAIL(name << ": " << changed);
        }
    }
}

TEST_CASE("what is not plain is left to expat", "[ews]") {
    CHECK(scanPlain(withBody("<A b=\"1\" c='2' /><B>text</B>")));
    for (const char* inside : {"<A>&amp;</A>",
                               "<A b=\"&amp;\"/>",
                               "<!-- -->",
                               "<A><![CDATA[x]]></A>",
                               "<?pi?>",
                               "<A>\r\n</A>",
                               "<A>\xC3\xA4</A>",
                               "<p:A/>",
                               "<A b=\"1\" b=\"2\"/>",
                               "<A b=\"1\"c=\"2\"/>",
                               "<A></B>",
                               "<A>",
                               "]]>",
                               "<A xml:lang=\"en\"/>",
                               "<A xmlns:p=\"\"/>",
                               "<A xmlns:xml=\"a\"/>",
                               "<A xmlns=\"a|b\"/>",
                               "<A b=\"\n\"/>",
                               "<1A/>",
                               "<A:B:C/>"}) {
        INFO(inside);
        CHECK_FALSE(scanPlain(withBody(inside)));
    }
    CHECK_FALSE(scanPlain(sample("sn-06-error-readeventsfailed")));
    CHECK_FALSE(scanPlain(withBody("") + "x"));
    CHECK_FALSE(scanPlain(withBody("") + withBody("")));
    CHECK_FALSE(scanPlain("x" + withBody("")));
    CHECK_FALSE(scanPlain("<!DOCTYPE a>" + withBody("")));
    CHECK_FALSE(scanPlain(""));
    CHECK_FALSE(scanPlain("<"));
    CHECK_FALSE(scanPlain("</a>"));
    CHECK_FALSE(scanPlain("<a/>"));
    CHECK_FALSE(scanPlain(withBody(std::string(kMaxPlainBytes, ' '))));
}
