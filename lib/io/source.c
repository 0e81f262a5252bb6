// The bytes of a file or of standard input, through one buffer that allows a look ahead.
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUFFER = 1 << 16, LOOK_MS = 50 }; // LOOK_MS: between two looks at `stop`

int mc_source_open(struct mc_source *s, const char *path, const atomic_bool *stop,
                   struct mc_error *e) {
    bool in = !path || strcmp(path, "-") == 0;
    *s = (struct mc_source){.fd = -1, .stop = stop};
    if (!(s->name = mc_strdup(in ? "standard input" : path, e)) ||
        !(s->buf = mc_new(BUFFER, 1, e))) {
        mc_source_close(s);
        return MC_ERR_MEM;
    }
    s->fd = in ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    int rc = 0;
    if (s->fd < 0) {
        mc_fail_errno(e, "cannot open");
        rc = mc_fail_in_file(e, "%s", s->name);
    } else if (fstat(s->fd, &st) == 0 && S_ISDIR(st.st_mode)) {
        rc = mc_fail_file(e, MC_ERR_INPUT, s->name,
                          "a directory, not a stream (mc-import makes one of a model's directory)");
    }
    if (rc < 0) mc_source_close(s);
    return rc;
}

void mc_source_close(struct mc_source *s) {
    if (s->fd > STDIN_FILENO) close(s->fd);
    free(s->name);
    free(s->buf);
    *s = (struct mc_source){.fd = -1};
}

// One read into p: bytes, 0 at the end of the file.
static int read_some(struct mc_source *s, uint8_t *p, size_t n, size_t *got, struct mc_error *e) {
    ssize_t k;
    struct pollfd wait = {.fd = s->fd, .events = POLLIN};
    while (s->stop && poll(&wait, 1, LOOK_MS) <= 0)
        if (atomic_load(s->stop))
            return mc_fail_file(e, MC_ERR_IO, s->name, "reading was given up");
    do k = read(s->fd, p, n);
    while (k < 0 && errno == EINTR);
    if (k < 0) {
        mc_fail_errno(e, "cannot read");
        return mc_fail_in_file(e, "%s", s->name);
    }
    s->eof = k == 0;
    *got = (size_t)k;
    return 0;
}

int mc_source_peek(struct mc_source *s, size_t n, const uint8_t **p, size_t *got,
                   struct mc_error *e) {
    if (s->pos + n > BUFFER) {
        memmove(s->buf, s->buf + s->pos, s->end - s->pos);
        s->end -= s->pos;
        s->pos = 0;
    }
    while (s->end - s->pos < n && !s->eof) {
        size_t k;
        MC_TRY(read_some(s, s->buf + s->end, BUFFER - s->end, &k, e));
        s->end += k;
    }
    *p = s->buf + s->pos;
    *got = s->end - s->pos;
    return 0;
}

int mc_source_take(struct mc_source *s, void *dst, uint64_t n, uint64_t *got, struct mc_error *e) {
    uint8_t *d = dst;
    *got = 0;
    while (*got < n) {
        uint64_t want = n - *got;
        size_t k = s->end - s->pos;
        if (k) {
            if (k > want) k = (size_t)want;
            if (d) memcpy(d, s->buf + s->pos, k);
            s->pos += k;
        } else if (s->eof) {
            break;
        } else if (d && want >= BUFFER) { // straight to its place
            MC_TRY(read_some(s, d, want < ((uint64_t)1 << 30) ? (size_t)want : (size_t)1 << 30, &k,
                             e));
        } else {
            s->pos = s->end = 0;
            MC_TRY(read_some(s, s->buf, BUFFER, &s->end, e));
            continue;
        }
        if (d) d += k;
        *got += k;
        s->at += k;
    }
    return 0;
}

int mc_source_seek(struct mc_source *s, uint64_t at, struct mc_error *e) {
    if (lseek(s->fd, (off_t)at, SEEK_SET) < 0) {
        mc_fail_errno(e, "cannot seek");
        return mc_fail_in_file(e, "%s", s->name);
    }
    s->pos = s->end = 0;
    s->at = at;
    s->eof = false;
    return 0;
}

bool mc_source_ready(const struct mc_source *s) {
    if (s->pos < s->end || s->eof) return true;
    struct pollfd p = {.fd = s->fd, .events = POLLIN};
    return poll(&p, 1, 0) > 0;
}
