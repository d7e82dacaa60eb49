// SPDX-License-Identifier: Apache-2.0
#include "folder_id.h"

#include <catch2/catch.hpp>
#include <string>

#include "postbell/kit/base64.hpp"

using namespace postbell;
using ews::folderEntry;

namespace {

const std::string kEntry =
    std::string(4, '\0') + "\x8c\xd8\x92\xb7\xb9~\xf9H\x9a\xe4G\x9d?N\xf0\xfc" +
    std::string("\x01\0", 2) + std::string(16, 'g') + std::string("\0\0\0\0\x01\x0c\0\0", 8);

std::string counted(const std::string& content) {
    return std::string{static_cast<char>(content.size() % 256),
                       static_cast<char>(content.size() / 256)} +
           content;
}

std::string payload(char kind, const std::string& mailbox, const std::string& entry) {
    return std::string(1, kind) + counted(mailbox) + std::string(1, '\0') + counted(entry);
}

/// As [MS-OXCEXT] 3.1.4.5 has it.
std::string compressed(const std::string& bytes) {
    std::string out;
    for (std::size_t i = 0; i < bytes.size();) {
        std::size_t run = 1;
        while (i + run < bytes.size() && bytes[i + run] == bytes[i] && run < 257) ++run;
        out += bytes[i];
        if (run > 1) out += {bytes[i], static_cast<char>(run - 2)};
        i += run;
    }
    return out;
}

std::string plainId(const std::string& payload) {
    return kit::base64(std::string(1, '\0') + payload);
}
std::string compressedId(const std::string& payload) {
    return kit::base64(std::string(1, '\1') + compressed(payload));
}

const std::string kGuid = "0b6f9a52-5d3c-4d1e-9c53-7f1f2d6f0a11";
const std::string kAddress = "user@example.com";

}  // namespace

TEST_CASE("the spellings of one folder's id have one entry id", "[ews][row:FOLDER-1]") {
    REQUIRE(kEntry.size() == 46);
    for (const std::string& whole :
         {payload(3, kGuid, kEntry), payload(0, kAddress, kEntry), payload(0, "x", kEntry),
          payload(3, std::string(600, 'a'), kEntry)}) {
        for (const std::string& id : {plainId(whole), compressedId(whole)}) {
            INFO(id);
            const auto entry = folderEntry(id);
            REQUIRE(entry);
            CHECK(std::string(entry->data(), entry->size()) == kEntry);
        }
    }
    std::string unpadded = compressedId(payload(3, kGuid, kEntry));
    while (unpadded.ends_with('=')) unpadded.pop_back();
    CHECK(folderEntry(unpadded));
}

TEST_CASE("an Exchange's own ids are read", "[ews][row:FOLDER-1]") {
    const auto legacy = folderEntry(
        "AQAQAHVzZXJAZXhhbXBsZS5jb20ALgAAA4zYkre5fvlImuRHnT9O8PwBAOBZfBXXIXduinl1gbTNTjAAAAIBDAAAAA"
        "==");
    const auto by_guid = folderEntry(
        "AQMkADBiNmY5YTUyLTVkM2MtNGQxZS05YzUzLTdmMWYyZDZmMGExMQAALgAAA4zYkre5fvlImuRHnT9O8PwBAOBZfB"
        "XX"
        "IXduinl1gbTNTjAAAAIBDAAAAA==");
    REQUIRE(legacy);
    CHECK(legacy == by_guid);
    const auto other = folderEntry(
        "AQMkADBiNmY5YTUyLTVkM2MtNGQxZS05YzUzLTdmMWYyZDZmMGExMQAALgAAA4zYkre5fvlImuRHnT9O8PwBAOBZfB"
        "XX"
        "IXduinl1gbTNTjAAAAIBCgAAAA==");
    REQUIRE(other);
    CHECK(other != legacy);
}

TEST_CASE("an id of another kind has no entry id", "[ews]") {
    const std::string good = payload(3, kGuid, kEntry);
    CHECK_FALSE(folderEntry(""));
    CHECK_FALSE(folderEntry("AQMkTop="));
    CHECK_FALSE(folderEntry("inbox"));
    CHECK_FALSE(folderEntry("\xff\xff"));
    CHECK_FALSE(folderEntry("AAB2L089bS1kNDgxOGYwOGE5OTQ0="));  // Amazon WorkMail's
    CHECK_FALSE(folderEntry(kit::base64(std::string(1, '\2') + good)));
    CHECK_FALSE(folderEntry(plainId(payload(4, kGuid, kEntry))));
    CHECK_FALSE(folderEntry(plainId(payload(3, kGuid, kEntry + "x"))));
    CHECK_FALSE(folderEntry(plainId(payload(3, std::string(1001, 'a'), kEntry))));
    CHECK_FALSE(folderEntry(plainId(good + "x")));
    for (std::size_t size = 0; size < good.size(); ++size) {
        CHECK_FALSE(folderEntry(plainId(good.substr(0, size))));
        CHECK_FALSE(folderEntry(compressedId(good.substr(0, size))));
    }
}
