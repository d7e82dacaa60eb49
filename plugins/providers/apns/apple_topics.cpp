// SPDX-License-Identifier: Apache-2.0
#include "apple_topics.h"

#include <openssl/asn1.h>

#include "openssl_handles.h"

namespace postbell::apns {
namespace {

/// Walks the elements of one constructed value.
class DerReader {
  public:
    explicit DerReader(std::string_view bytes) : rest_(bytes) {}
    bool atEnd() const { return rest_.empty(); }

    /// False if no whole element comes next.
    bool next() {
        const auto* at = reinterpret_cast<const unsigned char*>(rest_.data());
        const auto* const begin = at;
        long length = 0;
        int tag_class = 0;
        const int form =
            ASN1_get_object(&at, &length, &tag_, &tag_class, static_cast<long>(rest_.size()));
        // 0x80: an error; 0x01: an indefinite length, which is not DER.
        if ((form & 0x81) != 0 || tag_class != V_ASN1_UNIVERSAL) return false;
        const auto header = static_cast<std::size_t>(at - begin);
        value_ = rest_.substr(header, static_cast<std::size_t>(length));
        rest_.remove_prefix(header + value_.size());
        return true;
    }
    bool isSequence() const { return tag_ == V_ASN1_SEQUENCE; }
    bool isText() const {
        return tag_ == V_ASN1_UTF8STRING || tag_ == V_ASN1_IA5STRING ||
               tag_ == V_ASN1_PRINTABLESTRING;
    }
    std::string_view value() const { return value_; }

  private:
    std::string_view rest_;
    std::string_view value_;
    int tag_ = 0;
};

}  // namespace

std::optional<std::vector<AppleTopic>> decodeAppleTopics(std::string_view der) {
    const ErrorQueueGuard errors;
    DerReader outer(der);
    if (!outer.next() || !outer.isSequence() || !outer.atEnd()) return std::nullopt;

    std::vector<AppleTopic> topics;
    for (DerReader list(outer.value()); !list.atEnd();) {
        if (!list.next()) return std::nullopt;
        if (list.isText()) {
            topics.push_back({std::string(list.value()), {}});
            continue;
        }
        if (!list.isSequence() || topics.empty()) return std::nullopt;
        for (DerReader kinds(list.value()); !kinds.atEnd();) {
            if (!kinds.next() || !kinds.isText()) return std::nullopt;
            topics.back().kinds.emplace_back(kinds.value());
        }
    }
    return topics;
}

}  // namespace postbell::apns
