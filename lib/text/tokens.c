// Token sets as documents: read and checked, written.
#include "tokens.h"

#include <stdlib.h>
#include <string.h>

// For the digest.
static const int by_name[P_COUNT] = {
    P_ANSWER_OFFSETS, P_ANSWERS, P_IDS,     P_LABEL_TARGET_IDS, P_LABEL_TARGET_OFFSETS,
    P_LABELS,         P_LINES,   P_OFFSETS, P_PIECES,           P_TARGET_IDS,
    P_TARGET_OFFSETS, P_TYPES,   P_VALUES};

// The pointer of a part, whatever it points to.
static void *data_of(const struct mc_tokens *t, int k) {
    void *p;
    memcpy(&p, (const char *)t + tokens_part[k].field, sizeof p);
    return p;
}

static void set_data(struct mc_tokens *t, int k, void *p) {
    memcpy((char *)t + tokens_part[k].field, &p, sizeof p);
}

void mc_tokens_release(struct mc_tokens *t) {
    for (int k = 0; k < P_COUNT; k++) free(data_of(t, k));
    if (t->label_names) mc_labels_free(t->label_names, t->n_labels);
    free(t->task);
    free(t->tokenizer);
    free(t->decoder);
    free(t->provenance);
    free(t->corpus);
    for (int s = 0; s < t->n_sources; s++) free(t->source[s].name);
    free(t->source);
    *t = (struct mc_tokens){0};
}

// --- reading

// Memory grows with what arrives, not with what the header claims.
static int read_tensor(struct mc_reader *r, const struct mc_tensor *x, void **dst,
                       struct mc_error *e) {
    const uint64_t step = 1 << 24;
    uint64_t have = 0, cap = 0;
    char *p = NULL;
    while (have < x->bytes || !p) {
        uint64_t k = x->bytes - have < step ? x->bytes - have : step;
        if (have + k > cap || !p) {
            cap = 2 * cap > have + k ? 2 * cap : have + k;
            if (cap > x->bytes) cap = x->bytes;
            char *q = mc_resize(p, cap, 1, e);
            if (!q) return MC_ERR_MEM; // *dst holds p
            *dst = p = q;
        }
        if (k) MC_TRY(mc_reader_data(r, p + have, k, e));
        have += k;
    }
    return 0;
}

static int read_tensors(struct mc_tokens *t, struct mc_reader *r, const struct mc_doc *d,
                        struct mc_error *e) {
    int rc = 0;
    for (int i = 0; i < d->n_tensors && rc == 0; i++)
        for (int k = 0; k < P_COUNT && rc == 0; k++) {
            if (strcmp(d->tensor[i].name, tokens_part[k].name) != 0) continue;
            void *data = NULL;
            rc = read_tensor(r, &d->tensor[i], &data, e);
            set_data(t, k, data);
        }
    return rc;
}

static int copy_meta(const struct mc_doc *d, const char *key, char **to, struct mc_error *e) {
    const char *v = mc_doc_get(d, key);
    if (v && !(*to = mc_strdup(v, e))) return MC_ERR_MEM;
    return 0;
}

static uint64_t length_of(const struct mc_tokens *t, int k) {
    switch (k) {
    case P_OFFSETS:
    case P_TARGET_OFFSETS:
    case P_ANSWER_OFFSETS: return (uint64_t)t->n + 1;
    case P_LABEL_TARGET_OFFSETS: return (uint64_t)t->n_labels + 1;
    case P_IDS:
    case P_TYPES: return (uint64_t)t->offset[t->n];
    case P_TARGET_IDS: return (uint64_t)t->target_offset[t->n];
    case P_LABEL_TARGET_IDS: return (uint64_t)t->label_target_offset[t->n_labels];
    case P_ANSWERS: return (uint64_t)t->answer_offset[t->n];
    case P_PIECES: return (uint64_t)t->pieces_bytes;
    default: return (uint64_t)t->n;
    }
}

static uint64_t bytes_of(const struct mc_tokens *t, int k) {
    return length_of(t, k) * mc_dtype_size(tokens_part[k].type);
}

static int make_digest(struct mc_tokens *t, const struct mc_doc *d, struct mc_error *e) {
    struct mc_digest *g = mc_digest_new(e);
    if (!g) return MC_ERR_MEM;
    for (int i = 0; i < P_COUNT; i++) {
        int k = by_name[i], at = mc_doc_find(d, tokens_part[k].name);
        if (at < 0) continue;
        mc_digest_tensor(g, &d->tensor[at]);
        mc_digest_data(g, data_of(t, k), bytes_of(t, k));
    }
    mc_digest_end(g, t->digest);
    return 0;
}

// What the header and the metadata say.
static int read_head(struct mc_tokens *t, const struct mc_doc *d, int64_t n[P_COUNT],
                     struct mc_error *e) {
    MC_TRY(tokens_check_shapes(d, n, e));
    t->n = n[P_LINES];
    const char *labels = mc_doc_get(d, "mc.labels");
    if (labels) MC_TRY(mc_labels_parse(labels, &t->label_names, &t->n_labels, e));
    MC_TRY(copy_meta(d, "mc.task", &t->task, e));
    MC_TRY(copy_meta(d, "mc.tokenizer", &t->tokenizer, e));
    MC_TRY(copy_meta(d, "mc.decoder", &t->decoder, e));
    MC_TRY(copy_meta(d, "mc.provenance", &t->provenance, e));
    MC_TRY(copy_meta(d, "mc.corpus", &t->corpus, e));
    return tokens_check_parts(t, n, e);
}

int mc_tokens_check(const struct mc_doc *d, const char *data, struct mc_error *e) {
    struct mc_tokens t = {0};
    int64_t n[P_COUNT];
    int rc;
    MC_TRY_DONE(read_head(&t, d, n, e));
    for (int k = 0; k < P_COUNT; k++) {
        if (n[k] < 0) continue;
        const struct mc_tensor *x = &d->tensor[mc_doc_find(d, tokens_part[k].name)];
        void *copy = mc_new(x->bytes, 1, e); // aligned, as the data may not be
        if (!copy) {
            rc = MC_ERR_MEM;
            goto done;
        }
        memcpy(copy, data + x->at, x->bytes);
        set_data(&t, k, copy);
    }
    rc = tokens_check_data(&t, n, e);
done:
    mc_tokens_release(&t);
    return rc;
}

// corpus: where a part of one is told instead of refused, or NULL; nothing more of it is read then.
static int read_doc(struct mc_tokens *t, struct mc_reader *r, bool parts, bool *corpus,
                    struct mc_doc *d, struct mc_error *e) {
    int rc = mc_reader_next(r, d, e);
    if (rc <= 0) return rc;
    int64_t n[P_COUNT];
    if (!parts && corpus && mc_doc_get(d, "mc.corpus")) {
        *corpus = true;
        return 1;
    }
    if (!parts && mc_doc_get(d, "mc.corpus"))
        return mc_fail(e, MC_ERR_INPUT,
                       "%s: a corpus (mc-tokenize --corpus), where labelled text belongs",
                       mc_reader_name(r));
    if (read_head(t, d, n, e) < 0) return mc_fail_in_file(e, "%s", mc_reader_name(r));
    MC_TRY(read_tensors(t, r, d, e));
    if (tokens_check_data(t, n, e) < 0) return mc_fail_in_file(e, "%s", mc_reader_name(r));
    MC_TRY(make_digest(t, d, e));
    if (t->corpus) return 1;
    rc = mc_reader_index(r) > 0 ? 1 : mc_reader_next(r, d, e);
    if (rc > 0) return mc_fail(e, MC_ERR_INPUT, "%s: more than one document", mc_reader_name(r));
    return rc < 0 ? rc : 1;
}

static int read_next(struct mc_tokens *t, struct mc_reader *r, bool parts, bool *corpus,
                     struct mc_error *e) {
    *t = (struct mc_tokens){0};
    struct mc_doc d = {0};
    int rc = read_doc(t, r, parts, corpus, &d, e);
    mc_doc_release(&d);
    return rc;
}

int mc_tokens_next(struct mc_tokens *t, struct mc_reader *r, struct mc_error *e) {
    return read_next(t, r, true, NULL, e);
}

int mc_tokens_read(struct mc_tokens *t, const char *path, struct mc_pool *pool,
                   struct mc_error *e) {
    return mc_tokens_read_or_corpus(t, path, pool, NULL, e);
}

int mc_tokens_read_or_corpus(struct mc_tokens *t, const char *path, struct mc_pool *pool,
                             bool *corpus, struct mc_error *e) {
    *t = (struct mc_tokens){0};
    struct mc_reader *r;
    MC_TRY(mc_reader_open(&r, path, pool, e));
    int rc = read_next(t, r, false, corpus, e);
    if (rc == 0) rc = mc_fail(e, MC_ERR_INPUT, "%s: no document", mc_reader_name(r));
    mc_reader_close(r);
    if (rc < 0) mc_tokens_release(t);
    return rc < 0 ? rc : 0;
}

// --- writing

static int describe(const struct mc_tokens *t, struct mc_doc *d, struct mc_error *e) {
    MC_TRY(mc_doc_set(d, "mc.format", "1", e));
    MC_TRY(mc_doc_set(d, "mc.kind", "tokens", e));
    MC_TRY(mc_doc_set(d, "mc.task", t->task, e));
    MC_TRY(mc_doc_set(d, "mc.tokenizer", t->tokenizer, e));
    MC_TRY(mc_doc_set(d, "mc.decoder", t->decoder, e));
    MC_TRY(mc_doc_set(d, "mc.provenance", t->provenance, e));
    MC_TRY(mc_doc_set(d, "mc.corpus", t->corpus, e));
    if (t->label_names) {
        struct mc_buf json = {0};
        int rc = mc_labels_json(t->label_names, t->n_labels, &json, e);
        if (rc == 0) rc = mc_doc_set(d, "mc.labels", json.p, e);
        mc_buf_release(&json);
        MC_TRY(rc);
    }
    for (int k = 0; k < P_COUNT; k++) {
        if (!data_of(t, k)) continue;
        uint64_t dim = length_of(t, k);
        MC_TRY(mc_doc_add(d, tokens_part[k].name, tokens_part[k].type, 1, &dim, e));
    }
    return 0;
}

int mc_tokens_write(const struct mc_tokens *t, struct mc_writer *w, struct mc_error *e) {
    struct mc_doc d = {0};
    int rc = describe(t, &d, e);
    if (rc == 0) rc = mc_writer_doc(w, &d, e);
    for (int k = 0; k < P_COUNT && rc == 0; k++)
        if (data_of(t, k)) rc = mc_writer_data(w, data_of(t, k), bytes_of(t, k), e);
    mc_doc_release(&d);
    return rc;
}
