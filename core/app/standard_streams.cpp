// SPDX-License-Identifier: Apache-2.0
#include "app/standard_streams.h"

#include <fcntl.h>
#include <unistd.h>

namespace postbell::app {

void openStandardStreams() {
    int opened = 0;
    do opened = ::open("/dev/null", O_RDWR);  // on the lowest descriptor that is free
    while (opened >= 0 && opened <= STDERR_FILENO);
    if (opened >= 0) ::close(opened);
}

}  // namespace postbell::app
