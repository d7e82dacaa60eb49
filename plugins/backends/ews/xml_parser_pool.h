// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <expat.h>

#include <memory>
#include <mutex>
#include <vector>

namespace postbell::ews {

/// Lends out parsers that resolve namespaces, and keeps a few for the next time. Thread-safe.
class XmlParserPool {
  public:
    /// Between a name's namespace and its local part. Not allowed in a URI, so expat refuses a
    /// namespace that has it.
    static constexpr char kSeparator = '|';

    /// A parser for one document, returned at the end. Must not outlive the pool.
    class Lease {
      public:
        Lease(XmlParserPool& pool, XML_Parser parser) noexcept : pool_(pool), parser_(parser) {}
        ~Lease() { pool_.giveBack(parser_); }
        Lease(const Lease&) = delete;
        Lease& operator=(const Lease&) = delete;
        XML_Parser get() const noexcept { return parser_; }

      private:
        XmlParserPool& pool_;
        XML_Parser parser_;
    };

    XmlParserPool() { idle_.reserve(kMaxIdle); }
    /// `encoding`, in expat's words, outranks the document's own declaration. Throws
    /// std::bad_alloc.
    Lease lease(const char* encoding);

  private:
    static constexpr std::size_t kMaxIdle = 16;  ///< more threads than cores parse at once rarely
    /// A parser keeps the memory of its largest document.
    static constexpr XML_Index kMaxKeptBytes = 64 * 1024;

    struct Free {
        void operator()(XML_Parser parser) const noexcept { XML_ParserFree(parser); }
    };
    using Owned = std::unique_ptr<XML_ParserStruct, Free>;

    void giveBack(XML_Parser raw) noexcept;
    Owned takeIdle();

    std::mutex idle_mutex_;
    std::vector<Owned> idle_;
};

}  // namespace postbell::ews
