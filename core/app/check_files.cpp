// SPDX-License-Identifier: Apache-2.0
#include "app/check_files.h"

#include <unistd.h>

#include <initializer_list>
#include <set>
#include <string>

#include "app/surroundings.h"
#include "util/read_as.h"
#include "util/user_name.h"

namespace postbell::app {
namespace {

std::set<std::string> filesToRead(const config::Config& config) {
    std::set<std::string> files{config.file, config.secrets.master_key_file,
                                config.admin.token_file, config.egress.ca_file};
    for (const config::ListenerConfig* listener :
         std::initializer_list<const config::ListenerConfig*>{&config.registration, &config.mailbox,
                                                              &config.admin})
        files.insert({listener->tls_certificate, listener->tls_key});
    files.erase("");
    return files;
}

std::string whatToDo(const std::string& file, const std::string& user) {
    std::string sentence = "the gateway's user (";
    sentence.append(user)
        .append(
            ", who owns the database) may not read it, unless the service's unit adds a group: "
            "`chown ")
        .append(user)
        .append(" ")
        .append(file)
        .append("`, or give that user a group that may, and let the user enter the folders above");
    return sentence;
}

}  // namespace

void checkFiles(CheckReport& report, const config::Config& config) {
    const auto user = serviceUser(config);
    if (::geteuid() != 0 || !user || *user == 0) return;
    const std::string name = util::userName(*user);
    for (const std::string& file : filesToRead(config))
        if (util::isDenied(file, *user))
            report.add("file " + file, Verdict::No, whatToDo(file, name));
}

}  // namespace postbell::app
