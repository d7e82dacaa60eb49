// SPDX-License-Identifier: Apache-2.0
// Any bytes as what Graph posts: a body, a Content-Type and the query of a validation request.
#include <cstdlib>

#include "content_type.h"
#include "event_folding.h"
#include "handshake.h"
#include "notification_reader.h"

using namespace postbell::office365;

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    announcesJson(input);
    if (const auto encoded = findValidationToken(input)) {
        if (const auto token = decodeValidationToken(*encoded)) {
            require(!token->empty() && token->size() <= kMaxTokenBytes);
            require(token->find_first_of("<>\"\r\n") == std::string::npos);
        }
    }
    const auto read = readNotification(input);
    const auto* notification = std::get_if<Notification>(&read);
    if (notification == nullptr) return 0;
    require(notification->items.size() <= kMaxItems);
    require(notification->validation_tokens.size() <= kMaxValidationTokens);
    for (const FoldedEvent& event : foldEvents(*notification)) {
        require(!event.subscription.empty());
        require(event.dedup_key.size() <= 512);
    }
    return 0;
}
