// SPDX-License-Identifier: Apache-2.0
#include "store/seal/master_key.h"

#include <algorithm>
#include <cstddef>
#include <set>
#include <system_error>

#include <sys/stat.h>
#include <unistd.h>

#include "util/codec.h"
#include "util/crypto.h"
#include "util/file_acl.h"
#include "util/new_file.h"
#include "util/regular_file.h"

namespace postbell::store {

namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kMaxFileBytes = 1024;  // base64 of 32 bytes is 44 characters
/// Of 32 random bytes some 30 are different.
constexpr std::size_t kMinDistinctBytes = 16;
/// Of a repetition at least eight bytes are given by those before.
constexpr std::size_t kMaxPeriod = 24;

[[noreturn]] void refuse(const std::string& source, const std::string& reason) {
    throw MasterKeyError("the master key in " + source + " " + reason);
}

bool areFew(const std::string& bytes) {
    return std::set<char>(bytes.begin(), bytes.end()).size() < kMinDistinctBytes;
}

bool isText(const std::string& key) {
    return std::all_of(key.begin(), key.end(), [](unsigned char byte) {
        return (byte >= 0x20 && byte < 0x7f) || byte == '\t' || byte == '\n' || byte == '\r';
    });
}

bool repeatsItself(const std::string& key) {
    for (std::size_t period = 1; period <= kMaxPeriod; ++period)
        if (std::equal(key.begin() + static_cast<std::ptrdiff_t>(period), key.end(), key.begin()))
            return true;
    return false;
}

/// From each byte to the next: those of a count are all the same.
std::string stepsOf(const std::string& key) {
    std::string steps;
    for (std::size_t i = 1; i < key.size(); ++i) steps += static_cast<char>(key[i] - key[i - 1]);
    return steps;
}

/// Nothing of this is in one of 10^12 random keys.
std::string whyGuessable(const std::string& key) {
    if (isText(key)) return "it is text";
    if (repeatsItself(key)) return "its bytes repeat themselves";
    if (areFew(key) || areFew(stepsOf(key))) return "its bytes follow a pattern";
    return {};
}

void checkFile(const util::FileContent& file, const std::string& source,
               util::TrustedOwners owners) {
    const mode_t mode = file.status.st_mode & 07777u;
    const bool credential = mode == 0440 && util::aclAdmitsOnly(source, ::geteuid());
    if (mode != 0600 && mode != 0400 && !credential)
        refuse(source, "has mode " + util::octal(mode) +
                           "; it must be 0600 or 0400, so that nobody else reads it");
    if (!owners.admit(file.status.st_uid))
        refuse(source, "belongs to user id " + std::to_string(file.status.st_uid) +
                           ", who could have chosen it; it must belong to root or to the user that "
                           "Postbell runs as");
}

}  // namespace

MasterKey MasterKey::parse(std::string_view text, std::string_view source) {
    const std::string name(source);
    std::optional<std::string> bytes = util::base64Decode(text);
    if (!bytes) refuse(name, "is not base64");
    if (bytes->empty()) refuse(name, "is empty; `postbell master-key new FILE` makes one");
    if (bytes->size() != kKeyBytes) {
        refuse(name, "has " + std::to_string(bytes->size()) + " bytes; it must have 32");
    }
    if (const std::string why = whyGuessable(*bytes); !why.empty())
        refuse(name, "can be guessed: " + why +
                         ", and no 32 random bytes; `postbell master-key "
                         "new FILE` makes a key");
    return MasterKey(std::move(*bytes), source);
}

std::string MasterKey::fingerprint() const {
    return util::hexEncode(util::hmacSha256(bytes_, "fingerprint of a master key"));
}

MasterKey MasterKey::read(const std::filesystem::path& file, util::TrustedOwners owners) {
    const std::string source = file.string();
    std::error_code error;
    if (!std::filesystem::exists(file, error) && !error)
        refuse(source, "is missing; `postbell master-key new " + source + "` makes one");
    const auto read = util::readRegularFile(file, kMaxFileBytes);
    if (!read) refuse(source, read.problem());
    checkFile(*read, source, owners);
    return parse(read->bytes, source);
}

MasterKey MasterKey::create(const std::filesystem::path& file) {
    const std::string source = file.string();
    MasterKey key(util::randomBytes(kKeyBytes), source);
    const std::error_code error =
        util::writeNewFile(file, util::base64Encode(key.bytes()) + "\n", 0600);
    if (error == std::errc::file_exists)
        refuse(
            source,
            "exists and is not overwritten: what was sealed with it could never be opened again");
    if (error) refuse(source, "cannot be created: " + error.message());
    return key;
}

}  // namespace postbell::store
