// SPDX-License-Identifier: Apache-2.0
#include "payload_check.h"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

namespace apns_simulator {

namespace {

// Looks at the aps dictionary while the parser goes by: no tree is built, since every push of a
// benchmark passes here.
class ApsReader : public nlohmann::json_sax<nlohmann::json> {
  public:
    bool is_object = false;
    bool has_aps = false;
    bool repeated_key = false;
    bool alert = false;
    bool sound = false;
    bool badge = false;
    bool content_available = false;
    bool mutable_content = false;
    const char* wrong_value = nullptr;

    bool null() override { return scalar(Kind::Other, 0); }
    bool boolean(bool) override { return scalar(Kind::Other, 0); }
    bool number_integer(number_integer_t) override { return scalar(Kind::Other, 0); }
    bool number_unsigned(number_unsigned_t value) override { return scalar(Kind::Count, value); }
    bool number_float(number_float_t, const string_t&) override { return scalar(Kind::Other, 0); }
    bool string(string_t&) override { return scalar(Kind::Text, 0); }
    bool binary(binary_t&) override { return false; }

    bool start_object(std::size_t) override {
        if (depth_ == 0) {
            is_object = true;
        } else if (depth_ == 1 && at_aps_) {
            repeated_key |= has_aps;
            has_aps = true;
            in_aps_ = true;
        } else {
            value(Kind::Object, 0);
        }
        return deeper();
    }
    bool end_object() override {
        if (--depth_ == 1) in_aps_ = false;
        return true;
    }
    bool start_array(std::size_t) override {
        value(Kind::Other, 0);
        return deeper();
    }
    bool end_array() override {
        --depth_;
        return true;
    }
    bool key(string_t& name) override {
        at_aps_ = depth_ == 1 && name == "aps";
        if (depth_ == 2 && in_aps_) key_ = findKey(name);
        return true;
    }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
        return false;
    }

  private:
    enum class Kind { Other, Count, Text, Object };
    enum class Key { Other, Alert, Badge, Sound, ContentAvailable, MutableContent };
    static constexpr int kMaxDepth = 64;

    static Key findKey(const std::string& name) {
        if (name == "alert") return Key::Alert;
        if (name == "badge") return Key::Badge;
        if (name == "sound") return Key::Sound;
        if (name == "content-available") return Key::ContentAvailable;
        if (name == "mutable-content") return Key::MutableContent;
        return Key::Other;
    }

    bool deeper() { return ++depth_ <= kMaxDepth; }

    bool scalar(Kind kind, std::uint64_t number) {
        value(kind, number);
        return true;
    }

    void value(Kind kind, std::uint64_t number) {
        if (depth_ != 2 || !in_aps_) return;
        switch (key_) {
            case Key::Alert:
                take(alert, kind == Kind::Text || kind == Kind::Object,
                     "alert is neither a string nor a dictionary");
                break;
            case Key::Badge:
                take(badge, kind == Kind::Count && number <= INT32_MAX, "badge is not a count");
                break;
            case Key::Sound:
                take(sound, kind == Kind::Text || kind == Kind::Object,
                     "sound is neither a string nor a dictionary");
                break;
            case Key::ContentAvailable:
                take(content_available, kind == Kind::Count && number <= 1,
                     "content-available is not 1");
                content_available = number == 1;
                break;
            case Key::MutableContent:
                take(mutable_content, kind == Kind::Count && number <= 1,
                     "mutable-content is not 1");
                mutable_content = number == 1;
                break;
            case Key::Other:
                break;
        }
    }

    void take(bool& seen, bool good, const char* otherwise) {
        if (seen) repeated_key = true;
        seen = true;
        if (!good && wrong_value == nullptr) wrong_value = otherwise;
    }

    int depth_ = 0;
    bool at_aps_ = false;
    bool in_aps_ = false;
    Key key_ = Key::Other;
};

}  // namespace

PayloadVerdict checkPayload(std::string_view payload, std::string_view push_type) {
    if (payload.empty()) return {"PayloadEmpty", "no body", {}};
    ApsReader reader;
    const bool parsed = nlohmann::json::sax_parse(payload.begin(), payload.end(), &reader);
    if (!parsed || !reader.is_object) return {"PayloadEmpty", "not a JSON dictionary", {}};
    if (!reader.has_aps) return {"PayloadEmpty", "no aps dictionary", {}};
    if (reader.wrong_value != nullptr) return {"PayloadEmpty", reader.wrong_value, {}};

    const bool visible = reader.alert || reader.badge || reader.sound;
    PayloadVerdict verdict;
    if (push_type == "background") {
        if (!reader.content_available)
            return {"InvalidPushType", "background without content-available", {}};
        if (visible) return {"InvalidPushType", "background with alert, badge or sound", {}};
    } else if (push_type == "alert" && !visible) {
        verdict.violations.push_back("an alert push with nothing to show");
    }
    if (reader.mutable_content && !reader.alert)
        verdict.violations.push_back("mutable-content without alert never reaches the extension");
    if (reader.repeated_key) verdict.violations.push_back("a key is repeated in aps");
    return verdict;
}

}  // namespace apns_simulator
