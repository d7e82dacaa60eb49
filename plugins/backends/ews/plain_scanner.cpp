// SPDX-License-Identifier: Apache-2.0
#include "plain_scanner.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "namespaces.h"
#include "notification_builder.h"
#include "postbell/kit/text.hpp"

namespace postbell::ews {
namespace {

enum CharClass : unsigned char { kNameStart = 1, kName = 2, kText = 4, kValue = 8 };

constexpr std::array<unsigned char, 256> makeClasses() {
    std::array<unsigned char, 256> classes{};
    for (unsigned c = 0x20; c < 0x7F; ++c) classes[c] = kText | kValue;
    for (const char c : {'\t', '\n'}) classes[static_cast<unsigned char>(c)] = kText;
    // '&' begins an entity; "]]>" may not stand in text; '<' is looked for before.
    for (const char c : {'&', '<'}) classes[static_cast<unsigned char>(c)] = 0;
    classes[']'] = kValue;
    for (unsigned char c = 'a'; c <= 'z'; ++c) classes[c] |= kNameStart | kName;
    for (unsigned char c = 'A'; c <= 'Z'; ++c) classes[c] |= kNameStart | kName;
    for (unsigned char c = '0'; c <= '9'; ++c) classes[c] |= kName;
    classes['_'] |= kNameStart | kName;
    for (const char c : {'-', '.'}) classes[static_cast<unsigned char>(c)] |= kName;
    return classes;
}
constexpr std::array<unsigned char, 256> kClasses = makeClasses();

bool is(char c, unsigned char bit) {
    return (kClasses[static_cast<unsigned char>(c)] & bit) != 0;
}

/// A name with its prefix, if any.
struct Name {
    std::string_view whole, prefix, local;
};

class Attributes final : public AttributeSource {
  public:
    /// False: too many, or there is one of this name.
    bool add(std::string_view name, std::string_view value) {
        if (count_ == list_.size() || attribute(name)) return false;
        list_[count_++] = {name, value};
        return true;
    }
    std::optional<std::string_view> attribute(std::string_view name) const override {
        for (std::size_t i = 0; i < count_; ++i)
            if (list_[i].first == name) return list_[i].second;
        return std::nullopt;
    }

  private:
    std::array<std::pair<std::string_view, std::string_view>, 8> list_{};
    std::size_t count_ = 0;
};

/// Every step returns false where the document is not plain.
class Scanner {
  public:
    explicit Scanner(std::string_view document) : rest_(document) {}

    std::optional<SendNotification> run() {
        if (!declaration() || !root()) return std::nullopt;
        if (!kit::trim(rest_).empty() || !builder_.found()) return std::nullopt;
        return builder_.take();
    }

  private:
    struct Binding {
        std::string_view prefix;
        Space space = Space::Other;
        std::size_t depth = 0;
    };

    bool take(std::string_view text) {
        if (!rest_.starts_with(text)) return false;
        rest_.remove_prefix(text.size());
        return true;
    }

    bool declaration() {
        for (const std::string_view known :
             {"<?xml version=\"1.0\" encoding=\"utf-8\"?>", "<?xml version=\"1.0\"?>",
              "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"})
            if (take(known)) break;
        return text(false);
    }

    bool root() {
        do {
            if (!take("<") || !(take("/") ? endTag() : startTag())) return false;
            if (depth_ > 0 && !text(true)) return false;
        } while (depth_ > 0);
        return true;
    }

    /// Up to the next tag. Outside the root only white space may stand.
    bool text(bool inside) {
        const std::size_t size = rest_.find('<');
        if (size == std::string_view::npos) return false;
        const std::string_view piece = rest_.substr(0, size);
        rest_.remove_prefix(size);
        if (!std::all_of(piece.begin(), piece.end(), [](char c) { return is(c, kText); }))
            return false;
        if (!inside) return kit::trim(piece).empty();
        return piece.empty() || builder_.text(piece);
    }

    bool name(Name& out) {
        if (!part(out.local)) return false;
        out.whole = out.local;
        out.prefix = {};
        if (rest_.empty() || rest_.front() != ':') return true;
        rest_.remove_prefix(1);
        out.prefix = out.local;
        if (!part(out.local)) return false;
        out.whole = {out.prefix.data(), out.prefix.size() + 1 + out.local.size()};
        return true;
    }
    bool part(std::string_view& out) {
        if (rest_.empty() || !is(rest_.front(), kNameStart)) return false;
        std::size_t size = 1;
        while (size < rest_.size() && is(rest_[size], kName)) ++size;
        out = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return true;
    }

    bool value(std::string_view& out) {
        if (!take("=") || rest_.empty()) return false;
        const char quote = rest_.front();
        if (quote != '"' && quote != '\'') return false;
        std::size_t size = 1;
        while (size < rest_.size() && rest_[size] != quote)
            if (!is(rest_[size++], kValue)) return false;
        if (size == rest_.size()) return false;
        out = rest_.substr(1, size - 1);
        rest_.remove_prefix(size + 1);
        return true;
    }

    /// False: there is none.
    bool blanks() {
        const std::size_t size = std::min(rest_.find_first_not_of(" \t\n"), rest_.size());
        rest_.remove_prefix(size);
        return size > 0;
    }

    bool startTag() {
        if (depth_ == open_.size()) return false;
        Name tag;
        if (!name(tag)) return false;
        open_[depth_++] = tag.whole;
        Attributes attributes;
        while (blanks() && !rest_.empty() && rest_.front() != '/' && rest_.front() != '>')
            if (!attribute(attributes)) return false;
        const bool empty = take("/");
        if (!take(">")) return false;
        Space space = Space::Other;
        if (!lookUp(tag.prefix, space)) return false;
        if (!builder_.startElement({space, tag.local}, attributes)) return false;
        if (empty) close();
        return true;
    }

    bool attribute(Attributes& attributes) {
        Name attribute;
        std::string_view text;
        if (!name(attribute) || !value(text)) return false;
        if (attribute.whole == "xmlns") return bind({}, text);
        if (attribute.prefix == "xmlns") return bind(attribute.local, text);
        return attribute.prefix.empty() && attributes.add(attribute.local, text);
    }

    bool bind(std::string_view prefix, std::string_view uri) {
        // Cases with rules of their own: names that begin with xml, the W3C's namespaces, taking a
        // prefix back, and the character that expat puts between a namespace and a name.
        const Space space = spaceOf(uri);
        if (binding_count_ == bindings_.size() || prefix.starts_with("xml") || uri.empty() ||
            uri.find('|') != std::string_view::npos ||
            (space == Space::Other && uri.starts_with("http://www.w3.org/")))
            return false;
        for (std::size_t i = binding_count_; i > 0 && bindings_[i - 1].depth == depth_; --i)
            if (bindings_[i - 1].prefix == prefix) return false;
        bindings_[binding_count_++] = {prefix, space, depth_};
        return true;
    }

    bool lookUp(std::string_view prefix, Space& space) const {
        for (std::size_t i = binding_count_; i > 0; --i) {
            if (bindings_[i - 1].prefix != prefix) continue;
            space = bindings_[i - 1].space;
            return true;
        }
        return prefix.empty();
    }

    bool endTag() {
        if (depth_ == 0 || !take(open_[depth_ - 1]) || !take(">")) return false;
        close();
        return true;
    }
    void close() {
        builder_.endElement();
        while (binding_count_ > 0 && bindings_[binding_count_ - 1].depth == depth_)
            --binding_count_;
        --depth_;
    }

    std::string_view rest_;
    NotificationBuilder builder_;
    std::array<std::string_view, NotificationBuilder::kMaxDepth> open_{};
    std::size_t depth_ = 0;
    std::array<Binding, 16> bindings_{};
    std::size_t binding_count_ = 0;
};

}  // namespace

std::optional<SendNotification> scanPlain(std::string_view document) {
    if (document.size() > kMaxPlainBytes) return std::nullopt;
    return Scanner(document).run();
}

}  // namespace postbell::ews
