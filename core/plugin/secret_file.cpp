// SPDX-License-Identifier: Apache-2.0
#include "plugin/secret_file.h"

#include <cerrno>

#include "postbell/abi.h"
#include "util/regular_file.h"

namespace postbell::plugin {
namespace {

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& reason,
                         bool of_the_moment = false) {
    throw SecretFileError("the file " + file.string() + " " + reason, of_the_moment);
}

}  // namespace

std::string readSecretFile(const std::filesystem::path& file, util::TrustedOwners owners) {
    const auto read = util::readRegularFile(file, POSTBELL_MAX_SECRET_FILE_BYTES);
    if (!read) refuse(file, read.problem(), util::isOfTheMoment(errno));
    if ((read->status.st_mode & 0077u) != 0)
        refuse(file, "may be read by others: its mode must be 0600 or 0400");
    if (!owners.admit(read->status.st_uid))
        refuse(file, "must belong to root or to the user that Postbell runs as");
    if (read->bytes.empty()) refuse(file, "is empty");
    return read->bytes;
}

}  // namespace postbell::plugin
