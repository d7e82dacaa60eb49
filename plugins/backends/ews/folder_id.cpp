// SPDX-License-Identifier: Apache-2.0
#include "folder_id.h"

#include "postbell/kit/base64.hpp"

namespace postbell::ews {
namespace {

constexpr int kNone = -1;
constexpr int kRunLengths = 1;  // the kind of compression; 0: none
/// The mailbox's name: its address, or its GUID.
constexpr int kByAddress = 0, kByGuid = 3;
constexpr int kMaxMailboxName = 1000;

/// The bytes of an id, one after the other; kNone at their end, and where they are not base64.
class IdBytes {
  public:
    explicit IdBytes(std::string_view text) : text_(text) {
        for (int i = 0; i < 2 && text_.ends_with('='); ++i) text_.remove_suffix(1);
        compression_ = stored();
    }
    bool readable() const { return compression_ == 0 || compression_ == kRunLengths; }

    int next() {
        if (repeats_ > 0) {
            --repeats_;
            return repeated_;
        }
        const int byte = stored();
        if (compression_ != kRunLengths || byte == kNone || byte != previous_) {
            previous_ = byte;
            return byte;
        }
        // The second of two equal bytes: the third says how often the byte follows beyond them.
        repeats_ = stored();
        repeated_ = byte;
        previous_ = kNone;
        return repeats_ == kNone ? kNone : byte;
    }
    /// A length of two bytes.
    int length() {
        const int low = next();
        const int high = next();
        return low == kNone || high == kNone ? kNone : high * 256 + low;
    }

  private:
    int stored() {
        while (bits_ < 8) {
            if (text_.empty()) return kNone;
            const signed char place =
                kit::detail::kBase64Places[static_cast<unsigned char>(text_.front())];
            if (place < 0) return kNone;
            text_.remove_prefix(1);
            pending_ = ((pending_ << 6) | static_cast<unsigned char>(place)) & 0x3FFF;
            bits_ += 6;
        }
        bits_ -= 8;
        return static_cast<int>((pending_ >> bits_) & 0xFF);
    }

    std::string_view text_;
    unsigned pending_ = 0;
    int bits_ = 0;
    int compression_ = kNone;
    int previous_ = kNone;
    int repeated_ = kNone, repeats_ = 0;
};

}  // namespace

std::optional<FolderEntry> folderEntry(std::string_view id) {
    IdBytes bytes(id);
    if (!bytes.readable()) return std::nullopt;
    const int mailbox_kind = bytes.next();
    if (mailbox_kind != kByAddress && mailbox_kind != kByGuid) return std::nullopt;
    const int name = bytes.length();
    if (name == kNone || name > kMaxMailboxName) return std::nullopt;
    for (int i = 0; i < name; ++i)
        if (bytes.next() == kNone) return std::nullopt;
    // Of an item that recurs, and of an item as such, there is more than an entry id of a folder.
    const int processing = bytes.next();
    if (processing != 0 || bytes.length() != static_cast<int>(FolderEntry().size()))
        return std::nullopt;
    FolderEntry entry{};
    for (char& byte : entry) {
        const int next = bytes.next();
        if (next == kNone) return std::nullopt;
        byte = static_cast<char>(next);
    }
    if (bytes.next() != kNone) return std::nullopt;
    return entry;
}

}  // namespace postbell::ews
