// Encoding: added tokens out of the text, the rest normalized, added tokens out of that, the rest
// to pieces; then the cut and the template.
#include <stdlib.h>
#include <string.h>

#include "tok.h"

struct run {
    const struct mc_tokenizer *t;
    struct mc_encoding *x;
    int which;
    const char *text; // all of it
    bool first;       // the piece that is being encoded begins it
};

static int normal_piece(void *ctx, int of, const char *s, size_t n, struct mc_error *e) {
    const struct run *r = ctx;
    if (of >= 0) return tok_push_id(r->x, r->which, r->t->added.v[of].id, e);
    r->x->first = r->first && s == r->x->norm.p;
    return r->t->kind->encode(r->t->model, s, n, r->x, r->which, e);
}

static int raw_piece(void *ctx, int of, const char *s, size_t n, struct mc_error *e) {
    struct run *r = ctx;
    if (of >= 0) return tok_push_id(r->x, r->which, r->t->added.v[of].id, e);
    r->first = s == r->text;
    r->x->norm.n = 0;
    MC_TRY(r->t->kind->normalize(r->t->model, s, n, r->x, e));
    if (r->x->norm.n == 0) return 0;
    return tok_finder_split(&r->t->norm, &r->t->added, r->x->norm.p, r->x->norm.n, normal_piece,
                            ctx, e);
}

// How many tokens of each text are kept where k are left for both.
static void cut_lengths(int64_t k, int64_t *a, int64_t *b, bool pair) {
    if (*a + *b <= k) return;
    if (!pair) {
        *a = k;
        return;
    }
    int64_t *less = *a > *b ? b : a, *more = less == a ? b : a;
    *less = *less < k / 2 ? *less : k / 2;
    *more = k - *less;
}

static int reserve(struct mc_encoding *x, int64_t n, struct mc_error *e) {
    if (n <= x->cap) return 0;
    int64_t cap = x->cap ? x->cap : 256;
    while (cap < n) cap *= 2;
    int32_t *ids = mc_resize(x->ids, (size_t)cap, sizeof *ids, e);
    if (!ids) return MC_ERR_MEM;
    x->ids = ids;
    uint8_t *types = mc_resize(x->types, (size_t)cap, 1, e);
    if (!types) return MC_ERR_MEM;
    x->types = types;
    x->cap = cap;
    return 0;
}

int mc_tokenizer_encode_bare(const struct mc_tokenizer *t, const char *s, size_t n,
                             struct mc_encoding *x, const int32_t **ids, int64_t *n_ids,
                             struct mc_error *e) {
    struct run r = {.t = t, .x = x, .text = s};
    x->part[0].n = 0;
    MC_TRY(tok_finder_split(&t->raw, &t->added, s, n, raw_piece, &r, e));
    *ids = x->part[0].ids;
    *n_ids = x->part[0].n;
    return 0;
}

int mc_tokenizer_encode(const struct mc_tokenizer *t, const char *a, size_t na, const char *b,
                        size_t nb, int64_t max_len, struct mc_encoding *x, struct mc_error *e) {
    const struct tok_template *p = b ? &t->pair : &t->single;
    x->n = x->part[0].n = x->part[1].n = 0;
    struct run r = {.t = t, .x = x, .text = a};
    MC_TRY(tok_finder_split(&t->raw, &t->added, a, na, raw_piece, &r, e));
    r.which = 1;
    r.text = b;
    if (b) MC_TRY(tok_finder_split(&t->raw, &t->added, b, nb, raw_piece, &r, e));
    int64_t keep[2] = {x->part[0].n, x->part[1].n};
    x->n_full = keep[0] + keep[1] + p->n_special;
    if (max_len > 0) {
        if (max_len <= p->n_special)
            return mc_fail(e, MC_ERR_USAGE,
                           "a length of %lld leaves no room beside %d special tokens",
                           (long long)max_len, p->n_special);
        cut_lengths(max_len - p->n_special, &keep[0], &keep[1], b != NULL);
    }
    MC_TRY(reserve(x, keep[0] + keep[1] + p->n_special, e));
    for (int i = 0; i < p->n; i++) {
        int32_t id = p->item[i].id;
        int which = id == TOK_SEQ_B;
        int64_t k = id >= 0 ? 1 : keep[which];
        if (k == 0) continue;
        const int32_t *from = id >= 0
                                  ? &id
                                  : x->part[which].ids + (t->cut_left ? x->part[which].n - k : 0);
        memcpy(x->ids + x->n, from, (size_t)k * sizeof *from);
        memset(x->types + x->n, p->item[i].type, (size_t)k);
        x->n += k;
    }
    return 0;
}
