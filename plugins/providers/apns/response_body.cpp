// SPDX-License-Identifier: Apache-2.0
#include "response_body.h"

#include <nlohmann/json.hpp>

namespace postbell::apns {
namespace {

// Apple's bodies have less than 100 bytes.
constexpr std::size_t kMaxBody = 4096;
constexpr std::size_t kMaxReason = 64;

/// Takes the two members of the outermost object, builds nothing else.
class Handler final : public nlohmann::json_sax<nlohmann::json> {
  public:
    explicit Handler(ResponseBody& out) : out_(out) {}

    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(number_integer_t) override { return true; }  // negative
    bool number_unsigned(number_unsigned_t value) override {
        if (at("timestamp") && value <= static_cast<number_unsigned_t>(INT64_MAX))
            out_.timestamp_ms = static_cast<std::int64_t>(value);
        return true;
    }
    bool number_float(number_float_t value, const string_t&) override {
        // 2^53: beyond it a double does not hold whole milliseconds.
        if (at("timestamp") && value > 0 && value <= 9007199254740992.0)
            out_.timestamp_ms = static_cast<std::int64_t>(value);
        return true;
    }
    bool string(string_t& value) override {
        if (at("reason") && value.size() <= kMaxReason) out_.reason = value;
        return true;
    }
    bool binary(binary_t&) override { return true; }
    bool start_object(std::size_t) override {
        if (depth_ == 0) out_.is_object = true;
        return enter();
    }
    bool key(string_t& name) override {
        key_ = name;
        return true;
    }
    bool end_object() override { return leave(); }
    bool start_array(std::size_t) override { return depth_ > 0 && enter(); }
    bool end_array() override { return leave(); }
    bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception&) override {
        return false;
    }

  private:
    bool at(std::string_view name) const { return depth_ == 1 && key_ == name; }
    bool enter() {
        ++depth_;
        return true;
    }
    bool leave() {
        --depth_;
        return true;
    }

    ResponseBody& out_;
    std::string key_;
    int depth_ = 0;
};

}  // namespace

ResponseBody readResponseBody(std::string_view body) {
    ResponseBody found;
    if (body.empty() || body.size() > kMaxBody) return found;
    Handler handler(found);
    if (!nlohmann::json::sax_parse(body.begin(), body.end(), &handler)) return {};
    return found;
}

}  // namespace postbell::apns
