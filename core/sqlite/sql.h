// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

namespace postbell::sqlite {

/// The text of a statement, which lives as long as the program: a connection prepares each text
/// once, and knows it by its address.
class Sql {
  public:
    /// A literal. Any other text does not compile here.
    consteval Sql(const char* literal)  // NOLINT(google-explicit-constructor): SQL reads as SQL
        : text_(literal) {}
    /// A text that was put together, kept from now on: `static const Sql sql = Sql::kept(...)`. The
    /// same text again is the same Sql.
    static Sql kept(std::string text);

    const char* text() const { return text_; }

  private:
    struct Kept {
        const std::string& text;
    };
    explicit Sql(Kept kept) : text_(kept.text.c_str()) {}

    const char* text_;
};

}  // namespace postbell::sqlite
