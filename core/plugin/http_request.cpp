// SPDX-License-Identifier: Apache-2.0
#include "plugin/http_request.h"

#include "plugin/text.h"

namespace postbell::plugin {

HttpRequest copyOf(const postbell_http_request& request) {
    HttpRequest copy;
    copy.method = view(request.method);
    copy.origin = view(request.origin);
    copy.path = view(request.path);
    copy.body = view(request.body);
    for (std::size_t i = 0; i < request.header_count; ++i)
        copy.headers.emplace_back(view(request.headers[i].name), view(request.headers[i].value));
    return copy;
}

}  // namespace postbell::plugin
