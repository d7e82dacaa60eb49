// SPDX-License-Identifier: Apache-2.0
// Any bytes as a notification. The first byte picks what the transport says of the encoding.
#include <cstdlib>

#include "event_folding.h"
#include "folder_id.h"
#include "notification_parser.h"
#include "plain_scanner.h"

using namespace postbell::ews;

namespace {

constexpr std::string_view kCharsets[] = {"", "utf-8", "utf-16", "iso-8859-1", "windows-1252"};

void require(bool holds) {
    if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static NotificationParser parser;  // kept, so that one message's traces would show in the next
    if (size == 0) return 0;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const std::string_view body = input.substr(1);
    if (const auto plain = scanPlain(body)) {
        const auto thorough = parser.parseWithExpat(EncodedText{Encoding::Utf8, body});
        const auto* same = std::get_if<SendNotification>(&thorough);
        require(same != nullptr && *same == *plain);
    }
    static_cast<void>(folderEntry(body));
    const auto parsed = parser.parse(body, kCharsets[data[0] % std::size(kCharsets)]);
    const auto* notification = std::get_if<SendNotification>(&parsed);
    if (notification == nullptr) return 0;
    const auto folded = foldEvents(*notification);
    require(!folded.empty());
    for (const FoldedEvent& event : folded) {
        require(event.unread >= -1);
        require(event.dedupKey().size() <= 512);
    }
    return 0;
}
