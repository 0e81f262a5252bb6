// Where an output's name leads: symbolic links are followed by hand, so that the file is written at
// the end of the chain and no link is replaced, and a link of the kernel's to an open file
// (/proc/self/fd/1, where /dev/stdout leads) is known for the descriptor that it is.
#define _GNU_SOURCE // realpath
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mc/num.h"
#include "mc/out.h"
#include "target.h"

enum { LINKS = 40 }; // as many as Linux follows

const char *mc_target_base(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

void mc_target_release(struct mc_target *t) {
    free(t->path);
    t->path = NULL;
}

// The directory of a path, with its slash; "" becomes ".".
static char *dir_of(const char *path, struct mc_error *e) {
    size_t n = (size_t)(mc_target_base(path) - path);
    char *dir = mc_new(n + 2, 1, e);
    if (dir) memcpy(dir, n ? path : ".", n ? n : 1);
    return dir;
}

// *fd: the descriptor of this program that a path in /proc names, or -1.
static int own_descriptor(const char *path, int *fd, struct mc_error *e) {
    char own[32], real[PATH_MAX];
    int64_t k;
    char *dir = dir_of(path, e);
    *fd = -1;
    if (!dir) return MC_ERR_MEM;
    snprintf(own, sizeof own, "/proc/%ld/fd", (long)getpid());
    bool is = realpath(dir, real) && strcmp(real, own) == 0;
    free(dir);
    if (is && mc_parse_i64(mc_target_base(path), &k) && k >= 0 && k <= INT_MAX) *fd = (int)k;
    return 0;
}

// One link of the chain: t->path becomes what it points at.
static int follow(struct mc_target *t, struct mc_error *e) {
    char to[PATH_MAX];
    ssize_t n = readlink(t->path, to, sizeof to - 1);
    if (n < 0) return mc_fail_errno(e, "%s: cannot read the link", t->path);
    to[n] = 0;
    size_t keep = to[0] == '/' ? 0 : (size_t)(mc_target_base(t->path) - t->path);
    char *next = mc_new(keep + (size_t)n + 1, 1, e);
    if (!next) return MC_ERR_MEM;
    memcpy(next, t->path, keep);
    memcpy(next + keep, to, (size_t)n);
    free(t->path);
    t->path = next;
    return 0;
}

static int check_descriptor(struct mc_target *t, const char *name, struct mc_error *e) {
    int flags = fcntl(t->fd, F_GETFL);
    if (flags < 0 || fstat(t->fd, &t->st) != 0) return mc_fail_errno(e, "%s: cannot open", name);
    t->there = true;
    if ((flags & O_ACCMODE) == O_RDONLY)
        return mc_fail(e, MC_ERR_IO, "%s: cannot open: not open for writing", name);
    return 0;
}

// What is not there yet must be possible: its directory is, and its name is not too long.
static int check_new(struct mc_target *t, const char *name, struct mc_error *e) {
    if (errno != ENOENT) return mc_fail_errno(e, "%s: cannot create", name);
    char *dir = dir_of(t->path, e);
    if (!dir) return MC_ERR_MEM;
    int rc = 0;
    long most = pathconf(dir, _PC_NAME_MAX);
    if (stat(dir, &t->st) != 0)
        rc = mc_fail_errno(e, "%s: cannot create", name);
    else if (*mc_target_base(t->path) == 0)
        rc = mc_fail(e, MC_ERR_IO, "%s: cannot create: a directory's name", name);
    else if (most > 0 && strlen(mc_target_base(t->path)) > (size_t)most)
        rc = mc_fail(e, MC_ERR_IO, "%s: cannot create: the name is too long", name);
    else if (access(dir, W_OK | X_OK) != 0)
        rc = mc_fail_errno(e, "%s: cannot create", name);
    free(dir);
    return rc;
}

static int check_there(struct mc_target *t, const char *name, struct mc_error *e) {
    t->there = true;
    t->kind = S_ISREG(t->st.st_mode) ? TARGET_FILE : TARGET_STRAIGHT;
    if (S_ISDIR(t->st.st_mode))
        return mc_fail(e, MC_ERR_IO, "%s: cannot create: a directory is there", name);
    return access(t->path, W_OK) == 0 ? 0 : mc_fail_errno(e, "%s: cannot write", name);
}

// Follows the links at the end of t->path.
static int resolve(struct mc_target *t, const char *name, struct mc_error *e) {
    struct stat link;
    for (int links = 0;; links++) {
        MC_TRY(own_descriptor(t->path, &t->fd, e));
        if (t->fd >= 0 || lstat(t->path, &link) != 0 || !S_ISLNK(link.st_mode)) return 0;
        if (links == LINKS)
            return mc_fail(e, MC_ERR_IO, "%s: cannot open: symbolic links in a circle", name);
        MC_TRY(follow(t, e));
    }
}

int mc_target_find(struct mc_target *t, const char *path, struct mc_error *e) {
    *t = (struct mc_target){.fd = -1};
    if (!*path) return mc_fail(e, MC_ERR_USAGE, "an output's file name is empty");
    if (!(t->path = mc_strdup(path, e))) return MC_ERR_MEM;
    int rc = resolve(t, path, e);
    if (rc == 0 && t->fd >= 0) {
        t->kind = TARGET_DESCRIPTOR;
        rc = check_descriptor(t, path, e);
    } else if (rc == 0) {
        rc = stat(t->path, &t->st) == 0 ? check_there(t, path, e) : check_new(t, path, e);
    }
    if (rc < 0) mc_target_release(t);
    return rc;
}

// What two outputs must not share: a file, a fifo; /dev/null takes any number.
static bool takes_all(const struct mc_target *t) {
    struct stat null;
    return t->there && S_ISCHR(t->st.st_mode) && stat("/dev/null", &null) == 0 &&
           null.st_rdev == t->st.st_rdev;
}

bool mc_target_same(const struct mc_target *a, const struct mc_target *b) {
    if (a->there != b->there || a->st.st_dev != b->st.st_dev || a->st.st_ino != b->st.st_ino)
        return false;
    return a->there ? !takes_all(a) : strcmp(mc_target_base(a->path), mc_target_base(b->path)) == 0;
}

int mc_out_follow(const char *path, char **end, struct mc_error *e) {
    struct mc_target t = {.fd = -1};
    *end = NULL;
    if (!*path) return mc_fail(e, MC_ERR_USAGE, "an empty name");
    if (!(t.path = mc_strdup(path, e))) return MC_ERR_MEM;
    int rc = 0;
    for (bool again = true; rc == 0 && again;) { // what a link says may end with slashes too
        size_t n = strlen(t.path);
        while (n > 1 && t.path[n - 1] == '/') t.path[--n] = 0;
        rc = resolve(&t, path, e);
        n = rc == 0 ? strlen(t.path) : 0;
        again = n > 1 && t.path[n - 1] == '/';
    }
    if (rc < 0) mc_target_release(&t);
    *end = t.path;
    return rc;
}
