// Weights put aside on disk: a file without a name beside another one, which goes with the program.
#define _GNU_SOURCE // O_TMPFILE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "spool.h"

// A file in the folder of `beside`, or one whose name is taken away at once.
static int open_file(struct mc_spool *s, const char *beside, struct mc_error *e) {
    const char *slash = strrchr(beside, '/');
    int dir = slash ? (int)(slash - beside) + 1 : 0;
    char *name = mc_new(strlen(beside) + 32, 1, e);
    if (!name) return MC_ERR_MEM;
    s->fd = -1;
#ifdef O_TMPFILE
    snprintf(name, strlen(beside) + 32, "%.*s.", dir, beside);
    s->fd = open(name, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
#endif
    if (s->fd < 0) {
        snprintf(name, strlen(beside) + 32, "%.*s.kept.%ld", dir, beside, (long)getpid());
        s->fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (s->fd >= 0) unlink(name);
    }
    s->open = s->fd >= 0;
    free(name);
    return s->open ? 0 : mc_fail_errno(e, "%s: cannot create a file beside it", beside);
}

int mc_spool_put(struct mc_spool *s, const char *beside, const float *w, size_t n,
                 struct mc_error *e) {
    if (!s->open) MC_TRY(open_file(s, beside, e));
    const char *p = (const char *)w;
    size_t left = n * sizeof *w;
    off_t at = (off_t)left * s->n;
    while (left) {
        ssize_t k = pwrite(s->fd, p, left, at);
        if (k < 0 && errno == EINTR) continue;
        if (k <= 0) return mc_fail_errno(e, "%s: cannot write what is kept beside it", beside);
        p += k;
        at += k;
        left -= (size_t)k;
    }
    s->n++;
    return 0;
}

int mc_spool_get(const struct mc_spool *s, int i, const char *beside, float *w, size_t n,
                 struct mc_error *e) {
    char *p = (char *)w;
    size_t left = n * sizeof *w;
    off_t at = (off_t)left * i;
    while (left) {
        ssize_t k = pread(s->fd, p, left, at);
        if (k < 0 && errno == EINTR) continue;
        if (k <= 0) return mc_fail_errno(e, "%s: cannot read what is kept beside it", beside);
        p += k;
        at += k;
        left -= (size_t)k;
    }
    return 0;
}

void mc_spool_clear(struct mc_spool *s) { s->n = 0; }

void mc_spool_release(struct mc_spool *s) {
    if (s->open) close(s->fd);
    *s = (struct mc_spool){0};
}
