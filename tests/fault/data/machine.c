/* SPDX-License-Identifier: Apache-2.0 */
/* Preloaded into a gateway: faults of its machine, switched by files in the folder POSTBELL_FAULTS.
 *   read-only   a file system that went read-only under way: SQLite's files cannot be written
 *   silent-disk the disk that SQLite's files are on does not answer: each read of them waits until
 * the switch is off; where the file names a thread, each read by that thread silent-sync the same
 * of each fsync of them no-dns      name servers that answer "not now" at once slow-dns    name
 * servers that are silent: the lookup of the name in the file takes 20 seconds, and fails */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <unistd.h>

/* Whether the switch is on; `content`, where not NULL, gets what the file says. */
static int on(const char* name, char* content, size_t size) {
    const char* folder = getenv("POSTBELL_FAULTS");
    char path[512];
    FILE* file;
    if (folder == NULL) return 0;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (access(path, F_OK) != 0) return 0;
    if (content == NULL) return 1;
    content[0] = '\0';
    file = fopen(path, "re");
    if (file == NULL) return 0;
    if (fgets(content, (int)size, file) == NULL) content[0] = '\0';
    fclose(file);
    return 1;
}

static int of_database(int fd) {
    char link[64], path[512];
    ssize_t length;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = '\0';
    return strstr(path, ".db") != NULL;
}

static int refused(int fd) {
    if (!on("read-only", NULL, 0) || !of_database(fd)) return 0;
    errno = EROFS;
    return 1;
}

static int of_thread(const char* wanted) {
    char name[16] = "";
    return wanted[0] == '\0' ||
           (prctl(PR_GET_NAME, name, 0, 0, 0) == 0 && strcmp(name, wanted) == 0);
}

static void await_disk(const char* fault, int fd) {
    char thread[64];
    while (on(fault, thread, sizeof thread) && of_thread(thread) && of_database(fd)) usleep(20000);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void* bytes, size_t count) {
    return refused(fd) ? -1 : REAL(write)(fd, bytes, count);
}
ssize_t pwrite(int fd, const void* bytes, size_t count, off_t at) {
    return refused(fd) ? -1 : REAL(pwrite)(fd, bytes, count, at);
}
ssize_t pwrite64(int fd, const void* bytes, size_t count, off64_t at) {
    return refused(fd) ? -1 : REAL(pwrite64)(fd, bytes, count, at);
}
ssize_t pread(int fd, void* bytes, size_t count, off_t at) {
    await_disk("silent-disk", fd);
    return REAL(pread)(fd, bytes, count, at);
}
ssize_t pread64(int fd, void* bytes, size_t count, off64_t at) {
    await_disk("silent-disk", fd);
    return REAL(pread64)(fd, bytes, count, at);
}
int fsync(int fd) {
    await_disk("silent-sync", fd);
    return REAL(fsync)(fd);
}
int fdatasync(int fd) {
    await_disk("silent-sync", fd);
    return REAL(fdatasync)(fd);
}
int ftruncate(int fd, off_t length) {
    return refused(fd) ? -1 : REAL(ftruncate)(fd, length);
}
int ftruncate64(int fd, off64_t length) {
    return refused(fd) ? -1 : REAL(ftruncate64)(fd, length);
}

int getaddrinfo(const char* host, const char* service, const struct addrinfo* hints,
                struct addrinfo** found) {
    char name[256];
    if (on("no-dns", NULL, 0)) return EAI_AGAIN;
    if (host != NULL && on("slow-dns", name, sizeof name) && strcmp(name, host) == 0) {
        sleep(20);
        return EAI_AGAIN;
    }
    return REAL(getaddrinfo)(host, service, hints, found);
}
