/* Laid before libc: lets one system call on files below a folder fail, or ends the process there.
 *
 * Calls are counted over all threads. ENOSPC stays: whatever needs space afterwards fails likewise.
 * TORN writes the first half and ends the process. NONE only lists the calls. BEFORE and HALF copy the folder's
 * "scene" as KILL and TORN would leave it, at every call, and go on.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static char the_call[16], the_fault[16], the_folder[PATH_MAX];
static long the_turn;
static int told = -1;
static atomic_long passed;
static atomic_int full;

/* From now on, strike the turn-th such call ("any": of all) below a folder, and write a line to a descriptor. */
void faults_arm(const char *call, const char *fault, long turn, const char *folder, int out) {
    snprintf(the_call, sizeof the_call, "%s", call);
    snprintf(the_fault, sizeof the_fault, "%s", fault);
    snprintf(the_folder, sizeof the_folder, "%s", folder);
    told = out;
    the_turn = turn;
}

static void absolute(int at, const char *path, char *whole) {
    char link[64];
    ssize_t n = 0;
    whole[0] = 0;
    if (path == NULL || path[0] != '/') {
        if (at == AT_FDCWD)
            snprintf(link, sizeof link, "/proc/self/cwd");
        else
            snprintf(link, sizeof link, "/proc/self/fd/%d", at);
        n = syscall(SYS_readlinkat, AT_FDCWD, link, whole, PATH_MAX - 1);
        whole[n < 0 ? 0 : n] = 0;
        n = n < 0 ? 0 : n;
        if (path != NULL)
            snprintf(whole + n, PATH_MAX - n, "/%s", path);
    } else
        snprintf(whole, PATH_MAX, "%s", path);
}

static void tell(const char *what, const char *call, const char *path) {
    char line[PATH_MAX + 64];
    int n = snprintf(line, sizeof line, "%s %s %s\n", what, call, path);
    syscall(SYS_write, told, line, n);
}

/* Copy what lies in the folder's "scene" to "copies/turn". */
static void copy(long turn) {
    char from[PATH_MAX + 16], to[PATH_MAX + 32];
    pid_t child;
    snprintf(from, sizeof from, "%sscene", the_folder);
    snprintf(to, sizeof to, "%scopies/%ld", the_folder, turn);
    char *arguments[] = {"cp", "-a", from, to, NULL}, *environment[] = {"PATH=/usr/bin:/bin", NULL};
    if (posix_spawnp(&child, "cp", NULL, NULL, arguments, environment) || waitpid(child, NULL, 0) < 0)
        abort();
}

static int needs_space(const char *call) {
    return strcmp(call, "unlink") && strcmp(call, "fsync") && strcmp(call, "fdatasync") && strcmp(call, "chmod");
}

enum { GO_ON = 0, TEAR = -1, TEAR_A_COPY = -2 };

/* Return the error that a call must end with, or one of the above. */
static int struck(const char *call, int at, const char *path) {
    char whole[PATH_MAX];
    int before = errno;
    if (the_turn == 0)
        return 0;
    int counts = !strcmp(the_call, call) || !strcmp(the_call, "any");
    if (!counts && !atomic_load(&full))
        return 0;
    absolute(at, path, whole);
    errno = before;
    if (strncmp(whole, the_folder, strlen(the_folder)))
        return 0;
    if (atomic_load(&full) && needs_space(call))
        return ENOSPC;
    if (!counts)
        return 0;
    long turn = atomic_fetch_add(&passed, 1) + 1;
    if (!strcmp(the_fault, "NONE")) {
        tell("seen", call, whole);
        return GO_ON;
    }
    if (!strcmp(the_fault, "BEFORE")) {
        tell("seen", call, whole);
        copy(turn);
        errno = before;
        return GO_ON;
    }
    if (!strcmp(the_fault, "HALF")) {
        tell("seen", call, whole);
        return TEAR_A_COPY;
    }
    if (turn != the_turn)
        return 0;
    tell("struck", call, whole);
    if (!strcmp(the_fault, "KILL"))
        kill(getpid(), SIGKILL);
    if (!strcmp(the_fault, "INT"))
        kill(getpid(), SIGINT);
    if (!strcmp(the_fault, "EIO"))
        return EIO;
    if (!strcmp(the_fault, "ENOSPC")) {
        atomic_store(&full, 1);
        return ENOSPC;
    }
    return strcmp(the_fault, "TORN") ? GO_ON : TEAR;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define REFUSE(call, at, path)                                                                                 \
    do {                                                                                                       \
        int error = struck(call, at, path);                                                                    \
        if (error > 0) {                                                                                       \
            errno = error;                                                                                     \
            return -1;                                                                                         \
        }                                                                                                      \
    } while (0)

/* `half` writes the first half, `rest` what remains of it where `whole` cannot be written over it. */
#define WRITE(name, call, parameters, half, rest, whole)                                                       \
    ssize_t name parameters {                                                                                  \
        int error = struck(call, fd, NULL);                                                                    \
        if (error > 0) {                                                                                       \
            errno = error;                                                                                     \
            return -1;                                                                                         \
        }                                                                                                      \
        if (error < 0) {                                                                                       \
            half;                                                                                              \
            if (error == TEAR)                                                                                 \
                syscall(SYS_kill, getpid(), SIGKILL);                                                          \
            copy(atomic_load(&passed));                                                                        \
            rest;                                                                                              \
        }                                                                                                      \
        return whole;                                                                                          \
    }

WRITE(write, "write", (int fd, const void *data, size_t size), ssize_t done = syscall(SYS_write, fd, data, size / 2),
      return done + syscall(SYS_write, fd, (const char *)data + done, size - done), syscall(SYS_write, fd, data, size))
WRITE(pwrite, "pwrite64", (int fd, const void *data, size_t size, off_t at),
      syscall(SYS_pwrite64, fd, data, size / 2, at), , syscall(SYS_pwrite64, fd, data, size, at))
WRITE(pwrite64, "pwrite64", (int fd, const void *data, size_t size, off64_t at),
      syscall(SYS_pwrite64, fd, data, size / 2, at), , syscall(SYS_pwrite64, fd, data, size, at))

#define ON_FILE(name, call, parameters, ...)                                                                   \
    int name parameters {                                                                                      \
        REFUSE(call, fd, NULL);                                                                                \
        return REAL(name)(__VA_ARGS__);                                                                        \
    }
ON_FILE(fsync, "fsync", (int fd), fd)
ON_FILE(fdatasync, "fdatasync", (int fd), fd)
ON_FILE(ftruncate, "ftruncate", (int fd, off_t size), fd, size)
ON_FILE(ftruncate64, "ftruncate", (int fd, off64_t size), fd, size)
ON_FILE(fallocate, "ftruncate", (int fd, int mode, off_t at, off_t size), fd, mode, at, size)
ON_FILE(fallocate64, "ftruncate", (int fd, int mode, off64_t at, off64_t size), fd, mode, at, size)
ON_FILE(fchmod, "chmod", (int fd, mode_t mode), fd, mode)

#define ON_PATH(name, call, at, path, parameters, ...)                                                         \
    int name parameters {                                                                                      \
        REFUSE(call, at, path);                                                                                \
        return REAL(name)(__VA_ARGS__);                                                                        \
    }
ON_PATH(rename, "rename", AT_FDCWD, to, (const char *from, const char *to), from, to)
ON_PATH(renameat, "rename", there, to, (int at, const char *from, int there, const char *to), at, from, there, to)
ON_PATH(renameat2, "rename", there, to, (int at, const char *from, int there, const char *to, unsigned how), at,
        from, there, to, how)
ON_PATH(unlink, "unlink", AT_FDCWD, path, (const char *path), path)
ON_PATH(unlinkat, "unlink", at, path, (int at, const char *path, int how), at, path, how)
ON_PATH(rmdir, "unlink", AT_FDCWD, path, (const char *path), path)
ON_PATH(mkdir, "mkdir", AT_FDCWD, path, (const char *path, mode_t mode), path, mode)
ON_PATH(mkdirat, "mkdir", at, path, (int at, const char *path, mode_t mode), at, path, mode)
ON_PATH(link, "link", AT_FDCWD, to, (const char *from, const char *to), from, to)
ON_PATH(linkat, "link", there, to, (int at, const char *from, int there, const char *to, int how), at, from, there,
        to, how)
ON_PATH(symlink, "link", AT_FDCWD, to, (const char *from, const char *to), from, to)
ON_PATH(symlinkat, "link", at, to, (const char *from, int at, const char *to), from, at, to)
ON_PATH(chmod, "chmod", AT_FDCWD, path, (const char *path, mode_t mode), path, mode)
ON_PATH(fchmodat, "chmod", at, path, (int at, const char *path, mode_t mode, int how), at, path, mode, how)

ssize_t writev(int fd, const struct iovec *parts, int count) {
    REFUSE("write", fd, NULL);
    return syscall(SYS_writev, fd, parts, count);
}

ssize_t sendfile(int to, int from, off_t *at, size_t size) {
    REFUSE("write", to, NULL);
    return syscall(SYS_sendfile, to, from, at, size);
}

ssize_t sendfile64(int to, int from, off64_t *at, size_t size) {
    REFUSE("write", to, NULL);
    return syscall(SYS_sendfile, to, from, at, size);
}

ssize_t copy_file_range(int from, off64_t *at, int to, off64_t *there, size_t size, unsigned how) {
    REFUSE("write", to, NULL);
    return syscall(SYS_copy_file_range, from, at, to, there, size, how);
}

/* Opening changes something only where it makes a file or empties one. */
static int opened(int at, const char *path, int how, mode_t mode) {
    if (how & (O_CREAT | O_TRUNC) || (how & O_TMPFILE) == O_TMPFILE)
        REFUSE("open", at, path);
    return syscall(SYS_openat, at, path, how | O_LARGEFILE, mode);
}

static mode_t mode_of(int how, va_list rest) {
    return how & O_CREAT || (how & O_TMPFILE) == O_TMPFILE ? va_arg(rest, mode_t) : 0;
}

#define OPEN(name, at, ...)                                                                                    \
    int name(__VA_ARGS__, const char *path, int how, ...) {                                                    \
        va_list rest;                                                                                          \
        va_start(rest, how);                                                                                   \
        mode_t mode = mode_of(how, rest);                                                                      \
        va_end(rest);                                                                                          \
        return opened(at, path, how, mode);                                                                    \
    }
OPEN(openat, at, int at)
OPEN(openat64, at, int at)

int open(const char *path, int how, ...) {
    va_list rest;
    va_start(rest, how);
    mode_t mode = mode_of(how, rest);
    va_end(rest);
    return opened(AT_FDCWD, path, how, mode);
}

int open64(const char *path, int how, ...) {
    va_list rest;
    va_start(rest, how);
    mode_t mode = mode_of(how, rest);
    va_end(rest);
    return opened(AT_FDCWD, path, how, mode);
}
