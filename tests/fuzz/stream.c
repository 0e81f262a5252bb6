// Files of any envelope, and headers alone.
#include <string.h>
#include <zlib.h>

#include "fuzz.h"
#include "mc/stream.h"

enum { STEP = 1 << 16 };

// Headers as this program writes them, and data, of all documents of a file, into out; their
// number. w: also written there.
static int read_docs(const char *path, struct mc_pool *pool, struct mc_buf *out,
                     struct mc_writer *w, bool *ours, struct mc_error *e) {
    struct mc_reader *r;
    struct mc_doc d = {0};
    MC_TRY(mc_reader_open(&r, path, pool, e));
    *ours = mc_reader_checked(r);
    int rc, n = 0;
    while ((rc = mc_reader_next(r, &d, e)) == 1) {
        n++;
        MC_TRY_DONE(mc_doc_header(&d, out, e));
        if (w) FUZZ_OK(mc_writer_doc(w, &d, e), e);
        for (uint64_t left = d.data_bytes; left;) {
            size_t k = left < STEP ? (size_t)left : STEP;
            MC_TRY_DONE(mc_buf_reserve(out, k, e));
            MC_TRY_DONE(mc_reader_data(r, out->p + out->n, k, e));
            if (w) FUZZ_OK(mc_writer_data(w, out->p + out->n, k, e), e);
            out->n += k;
            left -= k;
        }
    }
    if (rc == 0) rc = n;
done:
    mc_doc_release(&d);
    mc_reader_close(r);
    return rc;
}

static void same_bytes(const struct mc_buf *a, const struct mc_buf *b) {
    FUZZ_CHECK(a->n == b->n && (a->n == 0 || memcmp(a->p, b->p, a->n) == 0));
}

// What zcat makes of a file that was accepted.
static void zcat(const uint8_t *p, size_t n, struct mc_buf *out) {
    struct mc_error e;
    z_stream z = {.next_in = (uint8_t *)(uintptr_t)p, .avail_in = (uInt)n};
    FUZZ_CHECK(inflateInit2(&z, 15 + 16) == Z_OK);
    while (z.avail_in) {
        int rc = Z_OK;
        while (rc == Z_OK) {
            FUZZ_OK(mc_buf_reserve(out, STEP, &e), &e);
            z.next_out = (uint8_t *)out->p + out->n;
            z.avail_out = STEP;
            rc = inflate(&z, Z_NO_FLUSH);
            out->n += STEP - z.avail_out;
        }
        FUZZ_CHECK(rc == Z_STREAM_END);
        FUZZ_CHECK(inflateReset(&z) == Z_OK);
    }
    inflateEnd(&z);
}

// Another program's gzip sees the same payload in a stream of one document.
static void check_zcat(const uint8_t *p, size_t n, int n_docs, const struct mc_buf *docs) {
    struct mc_error e;
    char path[FUZZ_PATH];
    bool ours;
    struct mc_buf plain = {0}, again = {0};
    zcat(p, n, &plain);
    if (n_docs == 1) {
        FUZZ_OK(read_docs(fuzz_file(path, "in2", plain.p, plain.n), NULL, &again, NULL, &ours, &e),
                &e);
        same_bytes(docs, &again);
    }
    mc_buf_release(&plain);
    mc_buf_release(&again);
}

// Written by this program and read again: the same documents.
static void check_copy(const char *in, int level, struct mc_pool *pool, const struct mc_buf *docs) {
    struct mc_error e;
    char path[FUZZ_PATH];
    bool ours;
    struct mc_buf out = {0};
    struct mc_writer *w;
    fuzz_file(path, "out", NULL, 0);
    FUZZ_OK(mc_writer_open(&w, path, level, pool, &e), &e);
    FUZZ_OK(read_docs(in, pool, &out, w, &ours, &e), &e);
    FUZZ_OK(mc_writer_close(w, &e), &e);
    same_bytes(docs, &out);
    out.n = 0;
    FUZZ_OK(read_docs(path, NULL, &out, NULL, &ours, &e), &e);
    FUZZ_CHECK(ours);
    same_bytes(docs, &out);
    mc_buf_release(&out);
    fuzz_file(path, "out", NULL, 0);
}

int fuzz_stream(const uint8_t *p, size_t n, struct mc_error *e) {
    static struct mc_pool *pool;
    if (!pool) pool = mc_pool_new(2, e);
    FUZZ_CHECK(pool);
    char path[FUZZ_PATH];
    bool ours = false;
    struct mc_buf docs = {0}, more = {0};
    struct mc_error other;
    fuzz_file(path, "in", p, n);
    int rc = read_docs(path, NULL, &docs, NULL, &ours, e);
    if (n % 4 == 0) { // threads make no difference
        FUZZ_CHECK(read_docs(path, pool, &more, NULL, &ours, &other) == rc);
        if (rc >= 0) same_bytes(&docs, &more);
    }
    if (rc >= 0) {
        FUZZ_CHECK(rc > 0 || ours);
        if (ours) check_zcat(p, n, rc, &docs);
        check_copy(path, (int)(n % 3), n % 4 == 0 ? pool : NULL, &docs);
    }
    mc_buf_release(&docs);
    mc_buf_release(&more);
    return rc;
}

int fuzz_header(const uint8_t *p, size_t n, struct mc_error *e) {
    struct mc_doc d, back;
    MC_TRY(mc_doc_parse(&d, (const char *)p, n, e));
    uint64_t at = 0;
    for (int i = 0; i < d.n_tensors; i++) {
        const struct mc_tensor *t = &d.tensor[i];
        uint64_t bytes = mc_dtype_size(t->dtype);
        for (int k = 0; k < t->rank; k++)
            FUZZ_CHECK(!__builtin_mul_overflow(bytes, t->dim[k], &bytes));
        FUZZ_CHECK(t->at == at && t->bytes == bytes && t->rank <= MC_DIMS);
        at += bytes;
        FUZZ_CHECK(n > 100000 || mc_doc_find(&d, t->name) == i); // names are unique
    }
    FUZZ_CHECK(at == d.data_bytes && at <= INT64_MAX);
    for (int i = 1; i < d.n_meta; i++) FUZZ_CHECK(strcmp(d.meta[i - 1].key, d.meta[i].key) < 0);
    struct mc_buf one = {0}, two = {0};
    FUZZ_OK(mc_doc_header(&d, &one, e), e);
    FUZZ_CHECK(one.n % 8 == 0);
    FUZZ_OK(mc_doc_parse(&back, one.p + 8, one.n - 8, e), e);
    FUZZ_OK(mc_doc_header(&back, &two, e), e);
    same_bytes(&one, &two);
    mc_buf_release(&one);
    mc_buf_release(&two);
    mc_doc_release(&d);
    mc_doc_release(&back);
    return 0;
}
