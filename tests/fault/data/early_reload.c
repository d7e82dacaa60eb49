/* SPDX-License-Identifier: Apache-2.0 */
/* Preloaded into a gateway: a reload's signal that comes before main() and before the constructors
 * of all other libraries. */
#include <signal.h>
#include <unistd.h>

__attribute__((constructor)) static void reload(void) {
    kill(getpid(), SIGHUP);
}
