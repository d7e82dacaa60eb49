// SPDX-License-Identifier: Apache-2.0
#include "xml_parser_pool.h"

#include <new>

namespace postbell::ews {

XmlParserPool::Lease XmlParserPool::lease(const char* encoding) {
    Owned parser = takeIdle();
    if (!parser || XML_ParserReset(parser.get(), encoding) != XML_TRUE)
        parser.reset(XML_ParserCreateNS(encoding, kSeparator));
    if (!parser) throw std::bad_alloc();
    return {*this, parser.release()};
}

XmlParserPool::Owned XmlParserPool::takeIdle() {
    const std::lock_guard lock(idle_mutex_);
    if (idle_.empty()) return nullptr;
    Owned parser = std::move(idle_.back());
    idle_.pop_back();
    return parser;
}

void XmlParserPool::giveBack(XML_Parser raw) noexcept {
    Owned parser(raw);
    const XML_Index read = XML_GetCurrentByteIndex(raw);
    if (read < 0 || read > kMaxKeptBytes) return;
    const std::lock_guard lock(idle_mutex_);
    if (idle_.size() < kMaxIdle) idle_.push_back(std::move(parser));
}

}  // namespace postbell::ews
