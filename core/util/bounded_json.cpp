// SPDX-License-Identifier: Apache-2.0
#include "util/bounded_json.h"

#include <nlohmann/json.hpp>
#include <string>

namespace postbell::util {
namespace {

using Json = nlohmann::json;

/// Counts the values of a document without keeping one.
class Counter final : public nlohmann::json_sax<Json> {
  public:
    explicit Counter(JsonBounds bounds) : bounds_(bounds) {}

    bool null() override { return value(); }
    bool boolean(bool) override { return value(); }
    bool number_integer(number_integer_t) override { return value(); }
    bool number_unsigned(number_unsigned_t) override { return value(); }
    bool number_float(number_float_t, const string_t&) override { return value(); }
    bool string(string_t&) override { return value(); }
    bool binary(binary_t&) override { return value(); }
    bool start_object(std::size_t) override { return begin(); }
    bool key(string_t&) override { return true; }
    bool end_object() override { return end(); }
    bool start_array(std::size_t) override { return begin(); }
    bool end_array() override { return end(); }
    /// The document is read again for its fault.
    bool parse_error(std::size_t, const std::string&, const Json::exception&) override {
        return false;
    }

  private:
    bool value() {
        if (++values_ > bounds_.values)
            throw JsonBeyondBounds("of more than " + std::to_string(bounds_.values) + " values");
        return true;
    }
    bool begin() {
        if (++depth_ > bounds_.depth)
            throw JsonBeyondBounds("nested deeper than " + std::to_string(bounds_.depth) +
                                   " levels");
        return value();
    }
    bool end() {
        --depth_;
        return true;
    }

    const JsonBounds bounds_;
    std::size_t depth_ = 0;
    std::size_t values_ = 0;
};

}  // namespace

nlohmann::json parseBounded(std::string_view text, JsonBounds bounds) {
    Counter counter(bounds);
    (void)Json::sax_parse(text, &counter);
    return Json::parse(text);
}

}  // namespace postbell::util
