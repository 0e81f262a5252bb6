// Writing a stream: the payload is cut into blocks; a batch of blocks is deflated in parallel, each
// into a member of its own, and leaves in order. The payload's hash is taken as it comes in.
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codec.h"
#include "mc/out.h"
#include "mc/stream.h"
#include "member.h"

struct slot {
    uint8_t *raw, *packed;
    size_t n_raw, n_packed;
    uint64_t at; // payload offset of raw[0]
    int rc;
    struct mc_error error;
};

struct mc_writer {
    struct mc_out out;
    int level;
    struct mc_pool *pool;
    struct slot *slot;
    int n_slots, filling;
    uint64_t payload, docs; // bytes so far; documents begun
    uint64_t due;           // data bytes the document still lacks
    XXH3_state_t *hash;
};

int mc_writer_open(struct mc_writer **out, const char *path, int level, struct mc_pool *pool,
                   struct mc_error *e) {
    struct mc_writer *w = mc_new(1, sizeof *w, e);
    *out = NULL;
    if (!w) return MC_ERR_MEM;
    int rc;
    w->pool = pool;
    w->n_slots = pool && mc_pool_threads(pool) > 1 ? 2 * mc_pool_threads(pool) : 1;
    if ((!path || strcmp(path, "-") == 0) && isatty(STDOUT_FILENO)) {
        rc = mc_fail(e, MC_ERR_USAGE, "standard output is a terminal; use -o FILE or a pipe");
        goto done;
    }
    MC_TRY_DONE(mc_out_open(&w->out, path, e));
    struct stat st;
    bool regular = fstat(fileno(w->out.f), &st) == 0 && S_ISREG(st.st_mode);
    w->level = level >= 0 ? level : regular;
    setvbuf(w->out.f, NULL, _IONBF, 0); // members are large, and written whole
    rc = MC_ERR_MEM;
    if (!(w->slot = mc_new((size_t)w->n_slots, sizeof *w->slot, e))) goto done;
    for (int i = 0; i < w->n_slots; i++) {
        w->slot[i].raw = mc_new(MC_BLOCK, 1, e);
        w->slot[i].packed = mc_new(MC_DATA_HEAD + mc_deflate_bound(MC_BLOCK) + MC_TRAILER, 1, e);
        if (!w->slot[i].raw || !w->slot[i].packed) goto done;
    }
    if (!(w->hash = XXH3_createState())) {
        mc_fail(e, MC_ERR_MEM, "no memory");
        goto done;
    }
    XXH3_128bits_reset(w->hash);
    *out = w;
    return 0;
done:
    mc_writer_abort(w);
    return rc;
}

static void deflate_slot(void *ctx, int task, int thread) {
    (void)thread;
    struct mc_writer *w = ctx;
    struct slot *s = &w->slot[task];
    size_t body;
    s->rc = mc_deflate(w->level, s->raw, s->n_raw, s->packed + MC_DATA_HEAD, &body, &s->error);
    if (s->rc < 0) return;
    s->n_packed = MC_DATA_HEAD + body + MC_TRAILER;
    mc_member_put(s->packed, &(struct mc_member){(uint32_t)s->n_packed, s->at});
    uint8_t *t = s->packed + MC_DATA_HEAD + body;
    mc_put_u32(t, mc_crc32(0, s->raw, s->n_raw));
    mc_put_u32(t + 4, (uint32_t)s->n_raw);
}

// Packs and writes all slots in use.
static int write_slots(struct mc_writer *w, struct mc_error *e) {
    int n = w->filling + (w->slot[w->filling].n_raw > 0);
    if (w->pool)
        mc_pool_run(w->pool, n, deflate_slot, w);
    else
        for (int i = 0; i < n; i++) deflate_slot(w, i, 0);
    for (int i = 0; i < n; i++) {
        struct slot *s = &w->slot[i];
        if (s->rc < 0) {
            *e = s->error;
            return s->rc;
        }
        MC_TRY(mc_out_write(&w->out, s->packed, s->n_packed, e));
        s->n_raw = 0;
    }
    w->filling = 0;
    return 0;
}

static int next_slot(struct mc_writer *w, struct mc_error *e) {
    if (w->filling + 1 == w->n_slots) return write_slots(w, e);
    w->filling++;
    return 0;
}

static int add_payload(struct mc_writer *w, const void *p, uint64_t n, struct mc_error *e) {
    const uint8_t *b = p;
    XXH3_128bits_update(w->hash, p, n);
    while (n) {
        struct slot *s = &w->slot[w->filling];
        if (s->n_raw == MC_BLOCK) {
            MC_TRY(next_slot(w, e));
            continue;
        }
        if (s->n_raw == 0) s->at = w->payload;
        size_t left = MC_BLOCK - s->n_raw, k = n < left ? (size_t)n : left;
        memcpy(s->raw + s->n_raw, b, k);
        s->n_raw += k;
        w->payload += k;
        b += k;
        n -= k;
    }
    return 0;
}

int mc_writer_doc(struct mc_writer *w, const struct mc_doc *d, struct mc_error *e) {
    if (w->due)
        return mc_fail(e, MC_ERR_IO, "%s: document %llu lacks %llu bytes of data",
                       mc_out_name(&w->out), (unsigned long long)w->docs - 1,
                       (unsigned long long)w->due);
    if (w->slot[w->filling].n_raw) MC_TRY(next_slot(w, e)); // a document starts a member
    struct mc_buf head = {0};
    int rc = mc_doc_header(d, &head, e);
    if (rc == 0) rc = add_payload(w, head.p, head.n, e);
    mc_buf_release(&head);
    w->docs++;
    w->due = d->data_bytes;
    return rc;
}

int mc_writer_data(struct mc_writer *w, const void *p, uint64_t n, struct mc_error *e) {
    if (n > w->due)
        return mc_fail(e, MC_ERR_IO, "%s: more data than the document has", mc_out_name(&w->out));
    w->due -= n;
    return add_payload(w, p, n, e);
}

int mc_writer_flush(struct mc_writer *w, struct mc_error *e) { return write_slots(w, e); }

static int finish(struct mc_writer *w, struct mc_error *e) {
    if (w->due)
        return mc_fail(e, MC_ERR_IO, "%s: the last document lacks data", mc_out_name(&w->out));
    MC_TRY(write_slots(w, e));
    uint8_t end[MC_END_HEAD + MC_END_BODY];
    mc_end_put(end, &(struct mc_end){w->docs, w->payload, XXH3_128bits_digest(w->hash)});
    MC_TRY(mc_out_write(&w->out, end, sizeof end, e));
    return mc_out_close(&w->out, e);
}

int mc_writer_close(struct mc_writer *w, struct mc_error *e) {
    int rc = finish(w, e);
    mc_writer_abort(w);
    return rc;
}

void mc_writer_abort(struct mc_writer *w) {
    if (!w) return;
    mc_out_abort(&w->out);
    for (int i = 0; w->slot && i < w->n_slots; i++) {
        free(w->slot[i].raw);
        free(w->slot[i].packed);
    }
    free(w->slot);
    XXH3_freeState(w->hash);
    free(w);
}
