// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace postbell::bench {

// Ten characters each, as the numbers that take their places: lengths never change.
inline constexpr std::string_view kNumberMark = "@@NUMBER@@";
inline constexpr std::string_view kSerialMark = "@@SERIAL@@";

/// The request with the places of its numbers.
class PreparedRequest {
  public:
    explicit PreparedRequest(const std::string& file) {
        std::ifstream in(file, std::ios::binary);
        if (!in) throw std::runtime_error("cannot read " + file);
        text_.assign(std::istreambuf_iterator<char>(in), {});
        numbers_ = places(kNumberMark);
        serials_ = places(kSerialMark);
    }
    const std::string& fill(std::uint64_t number, std::uint64_t serial) {
        write(numbers_, number);
        write(serials_, serial);
        return text_;
    }

  private:
    std::vector<std::size_t> places(std::string_view mark) const {
        std::vector<std::size_t> found;
        for (std::size_t at = text_.find(mark); at != std::string::npos;
             at = text_.find(mark, at + 1))
            found.push_back(at);
        return found;
    }
    void write(const std::vector<std::size_t>& places, std::uint64_t value) {
        char digits[11];
        std::snprintf(digits, sizeof digits, "%010llu",
                      static_cast<unsigned long long>(value % 10'000'000'000ULL));
        for (const std::size_t place : places) std::memcpy(text_.data() + place, digits, 10);
    }
    std::string text_;
    std::vector<std::size_t> numbers_, serials_;
};

}  // namespace postbell::bench
