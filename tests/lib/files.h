// What the tests of streams share: the bytes of temporary files, and reading one to its end.
#ifndef MC_TEST_FILES_H
#define MC_TEST_FILES_H

#include "temp.h"

#include <stdint.h>

#include "mc/inspect.h"
#include "mc/stream.h"

struct bytes {
    uint8_t *p;
    size_t n;
};

static struct mc_error e;

static inline struct bytes slurp(const char *file) {
    FILE *f = fopen(file, "rb");
    assert_non_null(f);
    struct bytes b = {NULL, 0};
    fseek(f, 0, SEEK_END);
    b.n = (size_t)ftell(f);
    rewind(f);
    b.p = malloc(b.n + 1);
    assert_int_equal(fread(b.p, 1, b.n, f), b.n);
    fclose(f);
    return b;
}

static inline void append(struct bytes *b, const void *p, size_t n) {
    b->p = realloc(b->p, b->n + n + 1);
    memcpy(b->p + b->n, p, n);
    b->n += n;
}

// Reads all documents of path: their number, or the error. digests[i] gets those of the first
// `max`.
static inline int64_t read_all(struct mc_pool *pool, char digests[][MC_DIGEST_TEXT], int max) {
    struct mc_reader *r;
    int rc = mc_reader_open(&r, path, pool, &e);
    if (rc < 0) return rc;
    struct mc_inspected x;
    memset(&x, 0, sizeof x);
    int64_t n = 0;
    while ((rc = mc_inspect_next(r, &x, false, &e)) == 1) {
        if (n < max) strcpy(digests[n], x.digest);
        n++;
    }
    mc_inspected_release(&x);
    mc_reader_close(r);
    return rc < 0 ? rc : n;
}

// Refused, by a message that begins with the file's name.
static inline void refused(struct mc_pool *pool) {
    char d[8][MC_DIGEST_TEXT];
    e.text[0] = 0;
    int64_t rc = read_all(pool, d, 8);
    if (rc >= 0) fail_msg("accepted, %lld documents", (long long)rc);
    if (strncmp(e.text, path, strlen(path)) != 0) fail_msg("no file in: %s", e.text);
}

// The places of the members in a stream of ours, the end record's too; their number.
static inline int members(const struct bytes *b, size_t *at, int max) {
    int n = 0;
    for (size_t o = 0; o < b->n;) {
        assert_true(n < max);
        assert_true(o + 62 <= b->n || b->p[o + 13] == 'C');
        at[n++] = o;
        uint32_t len = 62;
        if (b->p[o + 13] == 'C') memcpy(&len, b->p + o + 16, 4);
        o += len;
    }
    return n;
}

#endif
