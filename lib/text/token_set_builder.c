// A token set that grows by examples; label names are kept sorted, and numbered anew at the end.
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "mc/tokens.h"
#include "mc/utf8.h"

void mc_tokens_builder_release(struct mc_tokens_builder *c) {
    for (int i = 0; i < c->n_names; i++) free(c->name[i].text);
    free(c->name);
    mc_tokens_release(&c->t);
    *c = (struct mc_tokens_builder){0};
}

// Where the name is, or would be.
static int find_name(const struct mc_tokens_builder *c, const char *s, size_t n, bool *found) {
    int lo = 0, hi = c->n_names;
    *found = false;
    while (lo < hi) {
        int mid = lo + (hi - lo) / 2;
        int d = strncmp(c->name[mid].text, s, n);
        if (d == 0) d = c->name[mid].text[n] != 0;
        if (d == 0) *found = true;
        if (d < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static int insert_name(struct mc_tokens_builder *c, int at, const char *s, size_t n,
                       struct mc_error *e) {
    if (c->n_names == c->cap_names) {
        int cap = c->cap_names ? 2 * c->cap_names : 16;
        struct mc_label *p = mc_resize(c->name, (size_t)cap, sizeof *p, e);
        if (!p) return MC_ERR_MEM;
        c->name = p;
        c->cap_names = cap;
    }
    char *text = mc_new(n + 1, 1, e);
    if (!text) return MC_ERR_MEM;
    memcpy(text, s, n);
    memmove(c->name + at + 1, c->name + at, (size_t)(c->n_names - at) * sizeof *c->name);
    c->name[at] = (struct mc_label){text, c->n_names++};
    return 0;
}

int mc_tokens_builder_labels(struct mc_tokens_builder *c, const char *comma_list,
                             struct mc_error *e) {
    for (const char *p = comma_list; p;) {
        size_t n = strcspn(p, ",");
        bool found;
        int at = find_name(c, p, n, &found);
        if (n == 0) return mc_fail(e, MC_ERR_USAGE, "--labels: an empty name");
        if (!mc_utf8_name(p, n))
            return mc_fail(e, MC_ERR_USAGE,
                           "--labels: '%.*s' is not UTF-8 without control characters", (int)n, p);
        if (found) return mc_fail(e, MC_ERR_USAGE, "--labels: '%.*s' is given twice", (int)n, p);
        MC_TRY(insert_name(c, at, p, n, e));
        p = p[n] ? p + n + 1 : NULL;
    }
    c->fixed = true;
    return 0;
}

static int label_index(struct mc_tokens_builder *c, const char *label, int32_t *out,
                       struct mc_error *e) {
    bool found;
    size_t n = strlen(label);
    int at = find_name(c, label, n, &found);
    if (!found && c->fixed)
        return mc_fail(e, MC_ERR_INPUT, "label '%s' is not among --labels", label);
    if (!found) MC_TRY(insert_name(c, at, label, n, e));
    *out = c->name[at].at;
    return 0;
}

static int64_t grown(int64_t cap, int64_t need) {
    if (cap < 1024) cap = 1024;
    while (cap < need) cap *= 2;
    return cap;
}

// An array for `need` elements: p itself, or a larger copy; NULL: no memory, p as it was.
static void *grow(void *p, int64_t *cap, int64_t need, size_t size, struct mc_error *e) {
    if (p && need <= *cap) return p;
    int64_t to = grown(2 * *cap, need);
    void *q = mc_resize(p, (size_t)to, size, e);
    if (q) *cap = to;
    return q;
}

static int reserve(struct mc_tokens_builder *c, int64_t n_ids, struct mc_error *e) {
    struct mc_tokens *t = &c->t;
    int64_t used = t->n ? t->offset[t->n] : 0;
    // one capacity for arrays that grow together: taken over when all have grown
    int64_t a = c->cap, b = a, k = a, ids = c->cap_ids, types = ids;
    void *p;
    if (!(p = grow(t->offset, &a, t->n + 2, sizeof *t->offset, e))) return MC_ERR_MEM;
    t->offset = p;
    if (!(p = grow(t->lines, &b, t->n + 2, sizeof *t->lines, e))) return MC_ERR_MEM;
    t->lines = p;
    if (!(p = grow(t->labels, &k, t->n + 2, sizeof *t->labels, e))) return MC_ERR_MEM;
    t->labels = p;
    c->cap = a;
    if (!(p = grow(t->ids, &ids, used + n_ids, sizeof *t->ids, e))) return MC_ERR_MEM;
    t->ids = p;
    if (!(p = grow(t->types, &types, used + n_ids, 1, e))) return MC_ERR_MEM;
    t->types = p;
    c->cap_ids = ids;
    return 0;
}

int mc_tokens_builder_add(struct mc_tokens_builder *c, const int32_t *ids, const uint8_t *types,
                          int64_t n, int64_t line, const char *label, struct mc_error *e) {
    struct mc_tokens *t = &c->t;
    if (n < 1) return mc_fail(e, MC_ERR_INPUT, "a text without a token");
    MC_TRY(reserve(c, n, e));
    t->labels[t->n] = -1;
    if (label) MC_TRY(label_index(c, label, &t->labels[t->n], e));
    if (t->n == 0) t->offset[0] = 0;
    int64_t at = t->offset[t->n];
    memcpy(t->ids + at, ids, (size_t)n * sizeof *ids);
    memcpy(t->types + at, types, (size_t)n);
    t->lines[t->n] = line;
    if (n > t->max_len) t->max_len = (int)n;
    t->offset[++t->n] = at + n;
    return 0;
}

// Appends to the offsets *o of a part of the examples: the one added last has `add` elements in it.
static int add_span(const struct mc_tokens_builder *c, int64_t **o, int64_t *cap, int64_t add,
                    struct mc_error *e) {
    assert(c->t.n > 0 && add > 0);
    int64_t *p = grow(*o, cap, c->t.n + 1, sizeof *p, e);
    if (!p) return MC_ERR_MEM;
    *o = p;
    p[0] = 0;
    p[c->t.n] = p[c->t.n - 1] + add;
    return 0;
}

int mc_tokens_builder_target(struct mc_tokens_builder *c, const int32_t *ids, int64_t n,
                             struct mc_error *e) {
    struct mc_tokens *t = &c->t;
    MC_TRY(add_span(c, &t->target_offset, &c->cap_targets, n, e));
    const int64_t *o = t->target_offset + t->n;
    int32_t *p = grow(t->target_ids, &c->cap_target_ids, o[0], sizeof *p, e);
    if (!p) return MC_ERR_MEM;
    t->target_ids = p;
    memcpy(p + o[-1], ids, (size_t)n * sizeof *p);
    if (n > t->max_target) t->max_target = (int)n;
    return 0;
}

int mc_tokens_builder_answers(struct mc_tokens_builder *c, const char *answers, size_t n,
                              struct mc_error *e) {
    struct mc_tokens *t = &c->t;
    MC_TRY(add_span(c, &t->answer_offset, &c->cap_answers, (int64_t)n, e));
    const int64_t *o = t->answer_offset + t->n;
    char *p = grow(t->answers, &c->cap_answer_bytes, o[0], 1, e);
    if (!p) return MC_ERR_MEM;
    t->answers = p;
    memcpy(p + o[-1], answers, n);
    return 0;
}

int mc_tokens_builder_value(struct mc_tokens_builder *c, double value, struct mc_error *e) {
    double *p = grow(c->t.values, &c->cap_values, c->t.n, sizeof *p, e);
    if (!p) return MC_ERR_MEM;
    c->t.values = p;
    p[c->t.n - 1] = value;
    return 0;
}

int mc_tokens_builder_finish(struct mc_tokens_builder *c, struct mc_tokens *t, struct mc_error *e) {
    struct mc_tokens *k = &c->t;
    int32_t *rank = mc_new((size_t)c->n_names, sizeof *rank, e);
    if (!rank || !(k->label_names = mc_new((size_t)c->n_names, sizeof *k->label_names, e))) {
        free(rank);
        return MC_ERR_MEM;
    }
    bool labelled = k->n > 0 && k->labels[0] >= 0;
    for (int i = 0; i < c->n_names; i++) {
        rank[c->name[i].at] = i;
        k->label_names[i] = c->name[i].text;
    }
    for (int64_t i = 0; labelled && i < k->n; i++) k->labels[i] = rank[k->labels[i]];
    free(rank);
    k->n_labels = c->n_names;
    c->n_names = 0; // their texts are the set's now
    if (!labelled) {
        free(k->labels);
        k->labels = NULL;
        mc_labels_free(k->label_names, k->n_labels);
        k->label_names = NULL;
        k->n_labels = 0;
    }
    *t = *k;
    c->t = (struct mc_tokens){0};
    mc_tokens_builder_release(c);
    return 0;
}
