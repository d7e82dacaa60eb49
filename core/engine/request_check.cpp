// SPDX-License-Identifier: Apache-2.0
#include "engine/request_check.h"

#include "util/http_syntax.h"

namespace postbell::engine {

std::string_view http2Breach(const RequestView& request) {
    if (!util::isMethod(request.method))
        return "the request's method is not a word in capital letters";
    if (!util::isPath(request.path))
        return "the request's path does not begin with a slash or has a character that paths do "
               "not have";
    for (const Header& header : request.headers) {
        if (!util::isFieldName(header.name))
            return "the name of a request's header is not a token in lower case";
        if (util::isConnectionsOwn(header.name))
            return "a request's header belongs to the connection";
        if (!util::isFieldText(header.value))
            return "the value of a request's header has a line break or another control character";
        if (util::hasBlankEnd(header.value))
            return "the value of a request's header begins or ends with a blank";
    }
    return {};
}

}  // namespace postbell::engine
