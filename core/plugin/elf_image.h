// SPDX-License-Identifier: Apache-2.0
// A bounded reader of shared libraries (ELF64, this machine's byte order): looks, never runs.
#pragma once
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace postbell::plugin {

/// The file is no library for this machine, or damaged. The message is a clause: "it is ...".
class ElfError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// Reads a library as the loader will: by program headers and dynamic section, not by section
/// headers. Every offset and count is checked, memory is bounded by a few times the symbols that
/// fit into the file. Immutable.
class ElfImage {
  public:
    /// `file` must outlive the image. Throws ElfError.
    explicit ElfImage(std::string_view file);

    struct Symbol {
        std::string_view name;
        std::uint64_t address = 0;
        std::uint64_t size = 0;
    };
    /// The exported data symbols whose name begins with `prefix`.
    std::vector<Symbol> exportedData(std::string_view prefix) const;
    /// The names of all exported symbols.
    std::vector<std::string> exportedNames() const;

    /// The file's bytes for an address of the loaded library; nothing if it is outside of the
    /// file's part of a segment (zeros that are made at load time included).
    std::optional<std::string_view> at(std::uint64_t address, std::uint64_t size) const;

    /// The pointer at `address` as it will be after relocation, relative to the library's start. 0
    /// for null; nothing if it is outside, or points to another library.
    std::optional<std::uint64_t> pointerAt(std::uint64_t address) const;

    /// The text at `address` up to its NUL; nothing if there is none within `longest` bytes.
    std::optional<std::string_view> textAt(std::uint64_t address, std::size_t longest) const;

  private:
    struct Segment {
        std::uint64_t address, offset, size;
    };
    struct Dynamic {
        std::uint64_t symbols = 0, texts = 0, texts_size = 0, hash = 0, gnu_hash = 0;
        std::uint64_t rela = 0, rela_size = 0;
    };

    template <class T>
    std::optional<T> readAt(std::uint64_t address) const;
    struct Export {
        Symbol symbol;
        bool is_data = false;
    };
    std::vector<Export> exports() const;
    void readSegments();
    void readDynamic(std::uint64_t address, std::uint64_t size);
    std::uint64_t symbolCount() const;
    std::uint64_t symbolCountOfGnuHash() const;

    std::string_view file_;
    std::vector<Segment> segments_;
    Dynamic dynamic_;
};

}  // namespace postbell::plugin
