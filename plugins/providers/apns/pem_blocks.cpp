// SPDX-License-Identifier: Apache-2.0
#include "pem_blocks.h"

#include <algorithm>

namespace postbell::apns {
namespace {

constexpr std::string_view kBegin = "-----BEGIN ";

bool endsWith(std::string_view text, std::string_view end) {
    return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

}  // namespace

bool PemBlock::isCertificate() const {
    return label == "CERTIFICATE" || label == "TRUSTED CERTIFICATE" || label == "X509 CERTIFICATE";
}

bool PemBlock::isPrivateKey() const {
    return endsWith(label, "PRIVATE KEY") && label != "OPENSSH PRIVATE KEY";
}

bool PemBlock::isPublicKey() const {
    return endsWith(label, "PUBLIC KEY");
}

bool PemBlock::isRequest() const {
    return endsWith(label, "CERTIFICATE REQUEST");
}

bool PemBlock::isEncrypted() const {
    return label == "ENCRYPTED PRIVATE KEY" ||
           text.find("Proc-Type: 4,ENCRYPTED") != std::string_view::npos;
}

std::vector<PemBlock> pemBlocks(std::string_view content) {
    std::vector<PemBlock> blocks;
    for (std::size_t at = content.find(kBegin); at != std::string_view::npos;) {
        const std::size_t next = content.find(kBegin, at + kBegin.size());
        const std::string_view text = content.substr(at, next - at);
        const std::string_view after = text.substr(kBegin.size());
        blocks.push_back({after.substr(0, std::min(after.find("-----"), after.size())), text});
        at = next;
    }
    return blocks;
}

}  // namespace postbell::apns
