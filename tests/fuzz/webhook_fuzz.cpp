// SPDX-License-Identifier: Apache-2.0
// Any bytes as a webhook's body, as a signature, and as a JSON pointer.
#include <cstdint>
#include <cstdlib>

#include "authentication.h"
#include "event_reader.h"

using namespace postbell::webhook;

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

std::optional<std::string_view> config(std::string_view key) {
    if (key == "auth") return "hmac-sha256";
    if (key == "account") return "/data/to";
    if (key == "type") return "/type";
    if (key == "new") return R"(["message-ingest.ham"])";
    if (key == "count_changed") return R"(["read"])";
    if (key == "unread") return "/data/unread";
    if (key == "id") return "/data/messageId";
    if (key == "folder") return "/data/mailboxId";
    if (key == "inbox") return R"(["0"])";
    if (key == "events") return "/events";
    return std::nullopt;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Mapping kMapping = readMapping(config);
    static const Authentication kAuthentication{ConfigReader(config)};
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    require(!kAuthentication.isShown(
        "secret", [&](std::string_view) { return input; }, input));
    (void)JsonPointer::parse(input);
    const auto read = readEvents(input, kMapping);
    const auto* reading = std::get_if<Reading>(&read);
    if (reading == nullptr) return 0;
    require(reading->events.size() <= kMaxEvents);
    for (const Event& event : reading->events) {
        require(!event.account.empty() && event.account.size() <= kMaxAccountBytes);
        require(event.id.size() <= kMaxIdBytes);
        require(event.unread >= -1);
    }
    return 0;
}
