// SPDX-License-Identifier: Apache-2.0
// JSON (RFC 8259) from strangers: strict, bounded in depth and in values, without dependencies. For
// large documents there are better libraries.
#pragma once
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postbell::kit {

struct JsonLimits {
    std::size_t depth = 32;
    std::size_t values = 10'000;
};

/// A value of a document. Numbers keep their text, so that nothing is rounded.
class Json {
  public:
    enum class Kind { Null, Boolean, Number, Text, Array, Object };

    Kind kind() const { return kind_; }
    bool isNull() const { return kind_ == Kind::Null; }

    /// Nothing for a value of another kind.
    std::optional<bool> boolean() const {
        return kind_ == Kind::Boolean ? std::optional(text_ == "true") : std::nullopt;
    }
    std::optional<std::string_view> text() const {
        return kind_ == Kind::Text ? std::optional<std::string_view>(text_) : std::nullopt;
    }
    /// A whole number that fits, written without point and exponent.
    std::optional<std::int64_t> integer() const {
        std::int64_t value = 0;
        const char* end = text_.data() + text_.size();
        if (kind_ != Kind::Number) return std::nullopt;
        const auto [stop, error] = std::from_chars(text_.data(), end, value);
        return error == std::errc() && stop == end ? std::optional(value) : std::nullopt;
    }
    /// As it is written; for other numbers.
    std::optional<std::string_view> number() const {
        return kind_ == Kind::Number ? std::optional<std::string_view>(text_) : std::nullopt;
    }

    /// The elements of an array; none for another kind.
    const std::vector<Json>& elements() const { return elements_; }
    /// The member `name` of an object; null if there is none, or this is no object. So paths can be
    /// followed without asking at every step: json["a"]["b"].text().
    const Json& operator[](std::string_view name) const {
        static const Json kNull;
        for (std::size_t i = 0; i < names_.size(); ++i)
            if (names_[i] == name) return elements_[i];
        return kNull;
    }
    const std::vector<std::string>& names() const { return names_; }

  private:
    friend class JsonReader;
    Kind kind_ = Kind::Null;
    std::string text_;            // of a text, unescaped; of a number or boolean, as written
    std::vector<Json> elements_;  // of an array; of an object, the values of `names_`
    std::vector<std::string> names_;
};

class JsonReader {
  public:
    JsonReader(std::string_view text, JsonLimits limits) : rest_(text), limits_(limits) {}

    std::optional<Json> read() {
        Json json;
        if (!value(json, 0)) return std::nullopt;
        skipBlanks();
        if (!rest_.empty()) return std::nullopt;
        return json;
    }

  private:
    void skipBlanks() {
        const std::size_t first = rest_.find_first_not_of(" \t\r\n");
        rest_.remove_prefix(first == rest_.npos ? rest_.size() : first);
    }
    bool take(char expected) {
        skipBlanks();
        if (rest_.empty() || rest_.front() != expected) return false;
        rest_.remove_prefix(1);
        return true;
    }
    bool take(std::string_view word) {
        if (rest_.substr(0, word.size()) != word) return false;
        rest_.remove_prefix(word.size());
        return true;
    }

    bool value(Json& out, std::size_t depth) {
        if (depth > limits_.depth || ++values_ > limits_.values) return false;
        skipBlanks();
        if (rest_.empty()) return false;
        switch (rest_.front()) {
            case '{':
                return object(out, depth);
            case '[':
                return array(out, depth);
            case '"':
                out.kind_ = Json::Kind::Text;
                return text(out.text_);
            case 't':
                return word("true", Json::Kind::Boolean, out);
            case 'f':
                return word("false", Json::Kind::Boolean, out);
            case 'n':
                return word("null", Json::Kind::Null, out);
            default:
                return number(out);
        }
    }
    bool word(std::string_view expected, Json::Kind kind, Json& out) {
        out.kind_ = kind;
        out.text_ = expected;
        return take(expected);
    }
    bool array(Json& out, std::size_t depth) {
        out.kind_ = Json::Kind::Array;
        take('[');
        if (take(']')) return true;
        do {
            if (!value(out.elements_.emplace_back(), depth + 1)) return false;
        } while (take(','));
        return take(']');
    }
    bool object(Json& out, std::size_t depth) {
        out.kind_ = Json::Kind::Object;
        take('{');
        if (take('}')) return true;
        do {
            skipBlanks();
            std::string name;
            if (!text(name) || !take(':')) return false;
            out.names_.push_back(std::move(name));
            if (!value(out.elements_.emplace_back(), depth + 1)) return false;
        } while (take(','));
        return take('}') && namesDiffer(out.names_);
    }
    /// Two members of one name mean one thing to one reader and another to the next.
    static bool namesDiffer(const std::vector<std::string>& names) {
        std::vector<std::string_view> sorted(names.begin(), names.end());
        std::sort(sorted.begin(), sorted.end());
        return std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end();
    }

    bool digits() {
        const std::size_t end = rest_.find_first_not_of("0123456789");
        const std::size_t count = end == rest_.npos ? rest_.size() : end;
        rest_.remove_prefix(count);
        return count > 0;
    }
    bool number(Json& out) {
        const std::string_view begin = rest_;
        (void)take("-");
        if (!take("0") && !digits()) return false;
        if (take(".") && !digits()) return false;
        if (take("e") || take("E")) {
            if (!take("+")) (void)take("-");
            if (!digits()) return false;
        }
        out.kind_ = Json::Kind::Number;
        out.text_ = begin.substr(0, begin.size() - rest_.size());
        return true;
    }

    bool text(std::string& out) {
        if (!take("\"")) return false;
        while (!rest_.empty()) {
            const char c = rest_.front();
            rest_.remove_prefix(1);
            if (c == '"') return true;
            if (static_cast<unsigned char>(c) < 0x20) return false;
            if (c != '\\')
                out += c;
            else if (!escape(out))
                return false;
        }
        return false;
    }
    bool escape(std::string& out) {
        constexpr std::string_view kNames = "\"\\/bfnrt";
        constexpr std::string_view kMeant = "\"\\/\b\f\n\r\t";
        if (rest_.empty()) return false;
        const char c = rest_.front();
        rest_.remove_prefix(1);
        if (const std::size_t at = kNames.find(c); at != kNames.npos) {
            out += kMeant[at];
            return true;
        }
        if (c != 'u') return false;
        std::uint32_t point = 0;
        if (!hex(point)) return false;
        if (point >= 0xdc00 && point < 0xe000) return false;  // the second half alone
        if (point >= 0xd800 && point < 0xdc00) {
            std::uint32_t low = 0;
            if (!take("\\u") || !hex(low) || low < 0xdc00 || low >= 0xe000) return false;
            point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
        }
        appendUtf8(point, out);
        return true;
    }
    bool hex(std::uint32_t& out) {
        if (rest_.size() < 4) return false;
        const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + 4, out, 16);
        const bool whole = error == std::errc() && end == rest_.data() + 4;
        rest_.remove_prefix(4);
        return whole;
    }
    static void appendUtf8(std::uint32_t point, std::string& out) {
        const auto tail = [&](unsigned shift) {
            out += static_cast<char>(0x80u | ((point >> shift) & 0x3fu));
        };
        if (point < 0x80) {
            out += static_cast<char>(point);
        } else if (point < 0x800) {
            out += static_cast<char>(0xc0u | (point >> 6));
            tail(0);
        } else if (point < 0x10000) {
            out += static_cast<char>(0xe0u | (point >> 12));
            tail(6);
            tail(0);
        } else {
            out += static_cast<char>(0xf0u | (point >> 18));
            tail(12);
            tail(6);
            tail(0);
        }
    }

    std::string_view rest_;
    const JsonLimits limits_;
    std::size_t values_ = 0;
};

/// Nothing for a text that is no JSON within the limits, or names a member twice. Bytes that are
/// not UTF-8 are passed on as they are.
inline std::optional<Json> readJson(std::string_view text, JsonLimits limits = {}) {
    return JsonReader(text, limits).read();
}

}  // namespace postbell::kit
