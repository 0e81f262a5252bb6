#include "mc/tokens.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "mc/json.h"
#include "mc/utf8.h"

// The tensors of a token set, in the order in which they are written: wide ones first, so that all
// are aligned.
enum { T_OFFSETS, T_LINES, T_IDS, T_LABELS, T_TYPES, T_COUNT };
static const struct {
    const char *name;
    enum mc_dtype type;
} part[T_COUNT] = {
    {"offsets", MC_I64}, {"lines", MC_I64}, {"ids", MC_I32}, {"labels", MC_I32}, {"types", MC_U8}};
static const int by_name[T_COUNT] = {T_IDS, T_LABELS, T_LINES, T_OFFSETS, T_TYPES};

void mc_labels_free(char **names, int n) {
    for (int i = 0; i < n; i++) free(names[i]);
    free(names);
}

void mc_tokens_release(struct mc_tokens *t) {
    free(t->offset);
    free(t->ids);
    free(t->types);
    free(t->labels);
    free(t->lines);
    if (t->label_names) mc_labels_free(t->label_names, t->n_labels);
    free(t->task);
    free(t->tokenizer);
    free(t->provenance);
    *t = (struct mc_tokens){0};
}

int mc_labels_json(char *const *names, int n, struct mc_buf *out, struct mc_error *e) {
    MC_TRY(mc_buf_add(out, "[", 1, e));
    for (int i = 0; i < n; i++) {
        if (i) MC_TRY(mc_buf_add(out, ",", 1, e));
        MC_TRY(mc_json_string(out, names[i], e));
    }
    return mc_buf_add(out, "]", 1, e);
}

static int by_text(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

// Labels travel by name: each must be a cell of a table, and none stand twice.
static int check_labels(char *const *names, int n, struct mc_error *e) {
    for (int i = 0; i < n; i++)
        if (!mc_utf8_name(names[i], strlen(names[i])))
            return mc_fail(e, MC_ERR_INPUT,
                           "mc.labels: entry %d is empty or has control characters", i);
    char **sorted = mc_new((size_t)n, sizeof *sorted, e);
    if (!sorted) return MC_ERR_MEM;
    for (int i = 0; i < n; i++) sorted[i] = names[i];
    qsort(sorted, (size_t)n, sizeof *sorted, by_text);
    int rc = 0;
    for (int i = 1; i < n && rc == 0; i++)
        if (strcmp(sorted[i - 1], sorted[i]) == 0)
            rc = mc_fail(e, MC_ERR_INPUT, "mc.labels: '%s' stands twice", sorted[i]);
    free(sorted);
    return rc;
}

int mc_labels_parse(const char *json, char ***names, int *n, struct mc_error *e) {
    *names = NULL;
    *n = 0;
    json_error_t je;
    json_t *a;
    if (mc_json_load(&a, json, strlen(json), 0, &je, e) == MC_ERR_MEM) return MC_ERR_MEM;
    if (!json_is_array(a) || json_array_size(a) > 1 << 24) {
        json_decref(a);
        return mc_fail(e, MC_ERR_INPUT, "mc.labels is no list of names");
    }
    int count = (int)json_array_size(a), rc = 0;
    char **v = mc_new((size_t)count, sizeof *v, e);
    if (!v) rc = MC_ERR_MEM;
    for (int i = 0; i < count && rc == 0; i++) {
        const char *s = json_string_value(json_array_get(a, (size_t)i));
        if (!s)
            rc = mc_fail(e, MC_ERR_INPUT, "mc.labels: entry %d is no name", i);
        else if (!(v[i] = mc_strdup(s, e)))
            rc = MC_ERR_MEM;
    }
    json_decref(a);
    if (rc == 0) rc = check_labels(v, count, e);
    if (rc < 0) {
        if (v) mc_labels_free(v, count);
        return rc;
    }
    *names = v;
    *n = count;
    return 0;
}

// --- reading

static const void *data_of(const struct mc_tokens *t, int k) {
    switch (k) {
    case T_OFFSETS: return t->offset;
    case T_LINES: return t->lines;
    case T_IDS: return t->ids;
    case T_LABELS: return t->labels;
    default: return t->types;
    }
}

static int check_shapes(const struct mc_doc *d, int64_t *n, int64_t *n_ids, bool *labelled,
                        struct mc_error *e) {
    const char *kind = mc_doc_get(d, "mc.kind"), *format = mc_doc_get(d, "mc.format");
    if (!kind || strcmp(kind, "tokens") != 0)
        return mc_fail(e, MC_ERR_INPUT, "a document of kind '%s', not tokens (made by mc-tokenize)",
                       kind ? kind : "none");
    if (!format || strcmp(format, "1") != 0)
        return mc_fail(e, MC_ERR_INPUT, "format '%s' is not known here", format ? format : "none");
    int at[T_COUNT];
    for (int k = 0; k < T_COUNT; k++) {
        at[k] = mc_doc_find(d, part[k].name);
        if (at[k] < 0 && k == T_LABELS) continue;
        if (at[k] < 0) return mc_fail(e, MC_ERR_INPUT, "no tensor '%s'", part[k].name);
        const struct mc_tensor *x = &d->tensor[at[k]];
        if (x->rank != 1 || x->dtype != part[k].type)
            return mc_fail(e, MC_ERR_INPUT, "tensor '%s' is no vector of %s", x->name,
                           mc_dtype_name(part[k].type));
    }
    *labelled = at[T_LABELS] >= 0;
    if (d->n_tensors != T_COUNT - !*labelled)
        return mc_fail(e, MC_ERR_INPUT, "tensors that this version does not know");
    uint64_t rows = d->tensor[at[T_LINES]].dim[0], ids = d->tensor[at[T_IDS]].dim[0];
    if (rows == 0) return mc_fail(e, MC_ERR_INPUT, "no examples");
    if (d->tensor[at[T_OFFSETS]].dim[0] != rows + 1 || d->tensor[at[T_TYPES]].dim[0] != ids ||
        (*labelled && d->tensor[at[T_LABELS]].dim[0] != rows))
        return mc_fail(e, MC_ERR_INPUT, "tensors whose lengths do not fit together");
    *n = (int64_t)rows;
    *n_ids = (int64_t)ids;
    return 0;
}

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
    void *data[T_COUNT] = {0};
    int rc = 0;
    for (int i = 0; i < d->n_tensors && rc == 0; i++)
        for (int k = 0; k < T_COUNT && rc == 0; k++)
            if (strcmp(d->tensor[i].name, part[k].name) == 0)
                rc = read_tensor(r, &d->tensor[i], &data[k], e);
    t->offset = data[T_OFFSETS];
    t->lines = data[T_LINES];
    t->ids = data[T_IDS];
    t->labels = data[T_LABELS];
    t->types = data[T_TYPES];
    return rc;
}

static int check_examples(struct mc_tokens *t, int64_t n_ids, struct mc_error *e) {
    assert(t->offset && t->ids); // check_shapes has found them
    if (t->offset[0] != 0 || t->offset[t->n] != n_ids)
        return mc_fail(e, MC_ERR_INPUT, "offsets do not span the ids");
    for (int64_t i = 0; i < t->n; i++) {
        if (t->offset[i + 1] <= t->offset[i] || t->offset[i + 1] > n_ids)
            return mc_fail(e, MC_ERR_INPUT, "example %lld: offsets do not rise", (long long)i);
        int64_t len = t->offset[i + 1] - t->offset[i];
        if (len > INT32_MAX)
            return mc_fail(e, MC_ERR_INPUT, "example %lld: %lld tokens", (long long)i,
                           (long long)len);
        if (len > t->max_len) t->max_len = (int)len;
        if (t->lines[i] < 1)
            return mc_fail(e, MC_ERR_INPUT, "example %lld: no line number", (long long)i);
        if (t->labels && (t->labels[i] < 0 || t->labels[i] >= t->n_labels))
            return mc_fail(e, MC_ERR_INPUT, "example %lld: label %d of %d", (long long)i,
                           t->labels[i], t->n_labels);
    }
    for (int64_t i = 0; i < n_ids; i++)
        if (t->ids[i] < 0)
            return mc_fail(e, MC_ERR_INPUT, "token %lld: id %d", (long long)i, t->ids[i]);
    return 0;
}

static int check_names(const struct mc_tokens *t, struct mc_error *e) {
    for (int i = 1; i < t->n_labels; i++)
        if (strcmp(t->label_names[i - 1], t->label_names[i]) >= 0)
            return mc_fail(e, MC_ERR_INPUT, "mc.labels: names that are not sorted");
    return 0;
}

static int copy_meta(const struct mc_doc *d, const char *key, char **to, struct mc_error *e) {
    const char *v = mc_doc_get(d, key);
    if (v && !(*to = mc_strdup(v, e))) return MC_ERR_MEM;
    return 0;
}

static size_t bytes_of(const struct mc_tokens *t, int k) {
    size_t n = (size_t)t->n, ids = (size_t)t->offset[t->n];
    size_t count = k == T_OFFSETS ? n + 1 : k == T_IDS || k == T_TYPES ? ids : n;
    return count * mc_dtype_size(part[k].type);
}

static int shape(const struct mc_tokens *t, struct mc_doc *d, struct mc_error *e) {
    for (int k = 0; k < T_COUNT; k++) {
        if (k == T_LABELS && !t->labels) continue;
        uint64_t dim = bytes_of(t, k) / mc_dtype_size(part[k].type);
        MC_TRY(mc_doc_add(d, part[k].name, part[k].type, 1, &dim, e));
    }
    return 0;
}

static int make_digest(struct mc_tokens *t, const struct mc_doc *d, struct mc_error *e) {
    struct mc_digest *g = mc_digest_new(e);
    if (!g) return MC_ERR_MEM;
    for (int i = 0; i < T_COUNT; i++) {
        int k = by_name[i], at = mc_doc_find(d, part[k].name);
        if (at < 0) continue;
        mc_digest_tensor(g, &d->tensor[at]);
        mc_digest_data(g, data_of(t, k), bytes_of(t, k));
    }
    mc_digest_end(g, t->digest);
    return 0;
}

static int read_doc(struct mc_tokens *t, struct mc_reader *r, struct mc_doc *d,
                    struct mc_error *e) {
    int rc = mc_reader_next(r, d, e);
    if (rc < 0) return rc;
    if (rc == 0) return mc_fail(e, MC_ERR_INPUT, "%s: no document", mc_reader_name(r));
    int64_t n_ids = 0;
    bool labelled = false;
    rc = check_shapes(d, &t->n, &n_ids, &labelled, e);
    const char *labels = mc_doc_get(d, "mc.labels");
    if (rc == 0 && labelled && !labels)
        rc = mc_fail(e, MC_ERR_INPUT, "labels without names (mc.labels)");
    if (rc == 0 && labels) rc = mc_labels_parse(labels, &t->label_names, &t->n_labels, e);
    if (rc == 0) rc = check_names(t, e);
    if (rc < 0) return mc_fail_in(e, "%s", mc_reader_name(r));
    MC_TRY(read_tensors(t, r, d, e));
    if (check_examples(t, n_ids, e) < 0) return mc_fail_in(e, "%s", mc_reader_name(r));
    MC_TRY(copy_meta(d, "mc.task", &t->task, e));
    MC_TRY(copy_meta(d, "mc.tokenizer", &t->tokenizer, e));
    MC_TRY(copy_meta(d, "mc.provenance", &t->provenance, e));
    MC_TRY(make_digest(t, d, e));
    rc = mc_reader_next(r, d, e);
    return rc > 0 ? mc_fail(e, MC_ERR_INPUT, "%s: more than one document", mc_reader_name(r)) : rc;
}

int mc_tokens_read(struct mc_tokens *t, const char *path, struct mc_pool *pool,
                   struct mc_error *e) {
    *t = (struct mc_tokens){0};
    struct mc_reader *r;
    MC_TRY(mc_reader_open(&r, path, pool, e));
    struct mc_doc d = {0};
    int rc = read_doc(t, r, &d, e);
    mc_doc_release(&d);
    mc_reader_close(r);
    if (rc < 0) mc_tokens_release(t);
    return rc;
}

// --- writing

static int describe(const struct mc_tokens *t, struct mc_doc *d, struct mc_error *e) {
    MC_TRY(mc_doc_set(d, "mc.format", "1", e));
    MC_TRY(mc_doc_set(d, "mc.kind", "tokens", e));
    MC_TRY(mc_doc_set(d, "mc.task", t->task, e));
    MC_TRY(mc_doc_set(d, "mc.tokenizer", t->tokenizer, e));
    MC_TRY(mc_doc_set(d, "mc.provenance", t->provenance, e));
    if (t->label_names) {
        struct mc_buf json = {0};
        int rc = mc_labels_json(t->label_names, t->n_labels, &json, e);
        if (rc == 0) rc = mc_doc_set(d, "mc.labels", json.p, e);
        mc_buf_release(&json);
        MC_TRY(rc);
    }
    return shape(t, d, e);
}

int mc_tokens_write(const struct mc_tokens *t, struct mc_writer *w, struct mc_error *e) {
    struct mc_doc d = {0};
    int rc = describe(t, &d, e);
    if (rc == 0) rc = mc_writer_doc(w, &d, e);
    for (int k = 0; k < T_COUNT && rc == 0; k++) {
        if (k == T_LABELS && !t->labels) continue;
        rc = mc_writer_data(w, data_of(t, k), bytes_of(t, k), e);
    }
    mc_doc_release(&d);
    return rc;
}
