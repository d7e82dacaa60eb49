// SPDX-License-Identifier: Apache-2.0
// Sources: System V ABI, "Object Files" and "Dynamic Linking"; elf(5); the GNU hash table as
// glibc's loader walks it.
#include "plugin/elf_image.h"

#include <elf.h>

#include <bit>
#include <cstring>

namespace postbell::plugin {
namespace {

constexpr std::uint16_t kMaxProgramHeaders = 256;

#if defined(__x86_64__)
constexpr std::uint16_t kMachine = EM_X86_64;
constexpr std::uint64_t kRelative = R_X86_64_RELATIVE, kAbsolute = R_X86_64_64;
#elif defined(__aarch64__)
constexpr std::uint16_t kMachine = EM_AARCH64;
constexpr std::uint64_t kRelative = R_AARCH64_RELATIVE, kAbsolute = R_AARCH64_ABS64;
#else
#error "say here which relocations this machine has"
#endif

/// A copy, since nothing in a damaged file is aligned.
template <class T>
std::optional<T> read(std::string_view bytes, std::uint64_t offset) {
    if (offset > bytes.size() || sizeof(T) > bytes.size() - offset) return std::nullopt;
    T value;
    std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
}

void checkHeader(const Elf64_Ehdr& header) {
    if (header.e_ident[EI_CLASS] != ELFCLASS64)
        throw ElfError("it is a 32-bit library, and this gateway is a 64-bit program");
    const auto order = std::endian::native == std::endian::little ? ELFDATA2LSB : ELFDATA2MSB;
    if (header.e_ident[EI_DATA] != order || header.e_machine != kMachine)
        throw ElfError("it is built for another kind of processor");
    if (header.e_type != ET_DYN) throw ElfError("it is no shared library");
    if (header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phnum > kMaxProgramHeaders)
        throw ElfError("it is damaged (program headers)");
}

}  // namespace

ElfImage::ElfImage(std::string_view file) : file_(file) {
    if (file.size() < SELFMAG || file.substr(0, SELFMAG) != std::string_view(ELFMAG, SELFMAG))
        throw ElfError("it is no shared library (no ELF file)");
    readSegments();
}

void ElfImage::readSegments() {
    const auto header = read<Elf64_Ehdr>(file_, 0);
    if (!header) throw ElfError("it is cut off");
    checkHeader(*header);
    std::optional<Elf64_Phdr> dynamic;
    for (std::uint64_t i = 0; i < header->e_phnum; ++i) {
        if (header->e_phoff > file_.size()) throw ElfError("it is cut off");
        const auto entry = read<Elf64_Phdr>(file_, header->e_phoff + i * sizeof(Elf64_Phdr));
        if (!entry) throw ElfError("it is cut off");
        if (entry->p_type == PT_DYNAMIC) dynamic = entry;
        if (entry->p_type != PT_LOAD) continue;
        // The loader maps pages beyond the file's end as well, and touching them is SIGBUS.
        if (entry->p_offset > file_.size() || entry->p_filesz > file_.size() - entry->p_offset)
            throw ElfError("it is cut off");
        if (entry->p_vaddr + entry->p_filesz < entry->p_vaddr)
            throw ElfError("it is damaged (segments)");
        segments_.push_back({entry->p_vaddr, entry->p_offset, entry->p_filesz});
    }
    if (!dynamic) throw ElfError("it is no shared library (nothing dynamic)");
    readDynamic(dynamic->p_vaddr, dynamic->p_filesz);
}

void ElfImage::readDynamic(std::uint64_t address, std::uint64_t size) {
    const auto bytes = at(address, size);
    if (!bytes) throw ElfError("it is damaged (dynamic section)");
    for (std::uint64_t offset = 0; const auto entry = read<Elf64_Dyn>(*bytes, offset);
         offset += sizeof(Elf64_Dyn)) {
        const std::uint64_t value = entry->d_un.d_val;
        switch (entry->d_tag) {
            case DT_NULL:
                return;
            case DT_SYMTAB:
                dynamic_.symbols = value;
                break;
            case DT_STRTAB:
                dynamic_.texts = value;
                break;
            case DT_STRSZ:
                dynamic_.texts_size = value;
                break;
            case DT_HASH:
                dynamic_.hash = value;
                break;
            case DT_GNU_HASH:
                dynamic_.gnu_hash = value;
                break;
            case DT_RELA:
                dynamic_.rela = value;
                break;
            case DT_RELASZ:
                dynamic_.rela_size = value;
                break;
            default:
                break;
        }
    }
}

std::optional<std::string_view> ElfImage::at(std::uint64_t address, std::uint64_t size) const {
    for (const Segment& segment : segments_) {
        if (address < segment.address || address - segment.address > segment.size) continue;
        const std::uint64_t into = address - segment.address;
        if (size > segment.size - into) continue;
        return file_.substr(segment.offset + into, size);
    }
    return std::nullopt;
}

template <class T>
std::optional<T> ElfImage::readAt(std::uint64_t address) const {
    const auto bytes = at(address, sizeof(T));
    return bytes ? read<T>(*bytes, 0) : std::nullopt;
}

std::uint64_t ElfImage::symbolCount() const {
    if (dynamic_.gnu_hash != 0) return symbolCountOfGnuHash();
    // DT_HASH: nbucket, nchain, ...; there is a chain entry for each symbol.
    const auto count = dynamic_.hash == 0
                           ? std::nullopt
                           : readAt<std::uint32_t>(dynamic_.hash + sizeof(std::uint32_t));
    return count.value_or(0);
}

/// The table does not say how many symbols there are: the last one ends the chain of the highest
/// bucket.
std::uint64_t ElfImage::symbolCountOfGnuHash() const {
    struct Header {
        std::uint32_t buckets, first_symbol, bloom_words, bloom_shift;
    };
    const auto header = readAt<Header>(dynamic_.gnu_hash);
    if (!header) return 0;
    const std::uint64_t buckets_at =
        dynamic_.gnu_hash + sizeof(Header) + std::uint64_t{header->bloom_words} * 8;
    const auto buckets = at(buckets_at, std::uint64_t{header->buckets} * 4);
    if (!buckets) return 0;
    std::uint64_t last = 0;
    for (std::uint64_t i = 0; i < header->buckets; ++i)
        last = std::max<std::uint64_t>(last, *read<std::uint32_t>(*buckets, i * 4));
    if (last < header->first_symbol) return header->first_symbol;
    const std::uint64_t chains_at = buckets_at + buckets->size();
    while (true) {
        const auto hash = readAt<std::uint32_t>(chains_at + (last - header->first_symbol) * 4);
        if (!hash) return 0;
        ++last;
        if ((*hash & 1) != 0) return last;
    }
}

std::vector<ElfImage::Symbol> ElfImage::exportedData(std::string_view prefix) const {
    std::vector<Symbol> found;
    for (const Export& exported : exports())
        if (exported.is_data && exported.symbol.name.starts_with(prefix))
            found.push_back(exported.symbol);
    return found;
}

std::vector<std::string> ElfImage::exportedNames() const {
    std::vector<std::string> names;
    for (const Export& exported : exports()) names.emplace_back(exported.symbol.name);
    return names;
}

std::vector<ElfImage::Export> ElfImage::exports() const {
    std::vector<Export> found;
    const auto texts = at(dynamic_.texts, dynamic_.texts_size);
    const std::uint64_t count = symbolCount();
    if (!texts || count > file_.size() / sizeof(Elf64_Sym))
        throw ElfError("it is damaged (symbols)");
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto symbol = readAt<Elf64_Sym>(dynamic_.symbols + i * sizeof(Elf64_Sym));
        if (!symbol) throw ElfError("it is damaged (symbols)");
        const unsigned binding = ELF64_ST_BIND(symbol->st_info);
        const bool exported =
            symbol->st_shndx != SHN_UNDEF && symbol->st_shndx != SHN_ABS &&
            (binding == STB_GLOBAL || binding == STB_WEAK || binding == STB_GNU_UNIQUE);
        if (!exported || symbol->st_name >= texts->size()) continue;
        std::string_view name = texts->substr(symbol->st_name);
        name = name.substr(0, name.find('\0'));
        found.push_back({{name, symbol->st_value, symbol->st_size},
                         ELF64_ST_TYPE(symbol->st_info) == STT_OBJECT});
    }
    return found;
}

std::optional<std::uint64_t> ElfImage::pointerAt(std::uint64_t address) const {
    const auto in_place = readAt<std::uint64_t>(address);
    if (!in_place) return std::nullopt;
    if (const auto table = at(dynamic_.rela, dynamic_.rela_size)) {
        for (std::uint64_t offset = 0; const auto entry = read<Elf64_Rela>(*table, offset);
             offset += sizeof(Elf64_Rela)) {
            if (entry->r_offset != address) continue;
            const auto addend = static_cast<std::uint64_t>(entry->r_addend);
            const std::uint64_t type = ELF64_R_TYPE(entry->r_info);
            if (type == kRelative) return addend;
            if (type != kAbsolute) return std::nullopt;
            const auto symbol = readAt<Elf64_Sym>(dynamic_.symbols +
                                                  ELF64_R_SYM(entry->r_info) * sizeof(Elf64_Sym));
            if (!symbol || symbol->st_shndx == SHN_UNDEF) return std::nullopt;
            return symbol->st_value + addend;
        }
    }
    // Packed relative relocations (DT_RELR) keep the addend in place.
    return in_place;
}

std::optional<std::string_view> ElfImage::textAt(std::uint64_t address, std::size_t longest) const {
    for (const Segment& segment : segments_) {
        if (address < segment.address || address - segment.address >= segment.size) continue;
        const std::uint64_t into = address - segment.address;
        const std::uint64_t rest = std::min<std::uint64_t>(segment.size - into, longest + 1);
        const std::string_view text = file_.substr(segment.offset + into, rest);
        const std::size_t end = text.find('\0');
        if (end != text.npos) return text.substr(0, end);
    }
    return std::nullopt;
}

}  // namespace postbell::plugin
