// SPDX-License-Identifier: Apache-2.0
#include "util/server_name.h"

#include <openssl/x509v3.h>

namespace postbell::util {

bool requireServerName(X509_VERIFY_PARAM& check, const std::string& host) {
    // False for what is no address.
    if (X509_VERIFY_PARAM_set1_ip_asc(&check, host.c_str()) == 1) return true;
    X509_VERIFY_PARAM_set_hostflags(
        &check, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    return X509_VERIFY_PARAM_set1_host(&check, host.data(), host.size()) == 1;
}

}  // namespace postbell::util
