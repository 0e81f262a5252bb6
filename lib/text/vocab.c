// Pieces and their ids, found by the bytes of their text.
#include <stdlib.h>
#include <string.h>

#include "tok.h"

enum { PIECES_MAX = 1 << 26 };

static uint32_t hash(const char *s, size_t n) { return (uint32_t)XXH3_64bits(s, n); }

int tok_vocab_add(struct tok_vocab *v, const char *s, size_t n, int32_t id, struct mc_error *e) {
    if (v->n == v->cap) {
        int32_t cap = v->cap ? 2 * v->cap : 1024;
        if (cap > PIECES_MAX)
            return mc_fail(e, MC_ERR_INPUT, "a vocabulary of over %d pieces", v->cap);
        struct tok_piece *p = mc_resize(v->piece, (size_t)cap, sizeof *p, e);
        if (!p) return MC_ERR_MEM;
        v->piece = p;
        v->cap = cap;
    }
    if (v->text.n + n > UINT32_MAX / 2)
        return mc_fail(e, MC_ERR_INPUT, "a vocabulary of over 2 GB");
    v->piece[v->n++] = (struct tok_piece){(uint32_t)v->text.n, (uint32_t)n, id};
    if (id > v->max_id) v->max_id = id;
    return mc_buf_add(&v->text, s, n, e);
}

int tok_vocab_json(struct tok_vocab *v, const json_t *o, const char *where, struct mc_error *e) {
    if (!json_is_object(o)) return mc_fail(e, MC_ERR_INPUT, "%s is no object", where);
    const char *key;
    json_t *j;
    json_object_foreach((json_t *)o, key, j) {
        int64_t id;
        if (!tok_json_int(j, 0, INT32_MAX - 1, &id))
            return mc_fail(e, MC_ERR_INPUT, "%s: piece '%.60s' has no id", where, key);
        MC_TRY(tok_vocab_add(v, key, strlen(key), (int32_t)id, e));
    }
    return 0;
}

int tok_vocab_index(const struct tok_vocab *v, struct tok_index *t, const char *prefix,
                    struct mc_error *e) {
    uint32_t size = 16;
    while (size < 2 * (uint32_t)v->n) size *= 2;
    if (!(t->slot = mc_new(size, sizeof *t->slot, e))) return MC_ERR_MEM;
    t->mask = size - 1;
    t->skip = strlen(prefix);
    for (int32_t k = 0; k < v->n; k++) {
        const struct tok_piece *p = &v->piece[k];
        const char *s = v->text.p + p->at;
        if (p->n < t->skip || memcmp(s, prefix, t->skip) != 0) continue;
        uint32_t n = p->n - (uint32_t)t->skip, i = hash(s + t->skip, n);
        while (t->slot[i & t->mask]) i++;
        t->slot[i & t->mask] = (uint32_t)k + 1;
        if (n > t->longest) t->longest = n;
    }
    return 0;
}

int32_t tok_vocab_find(const struct tok_vocab *v, const struct tok_index *t, const char *s,
                       size_t n) {
    if (n > t->longest) return -1;
    for (uint32_t i = hash(s, n);; i++) {
        uint32_t k = t->slot[i & t->mask];
        if (k == 0) return -1;
        const struct tok_piece *p = &v->piece[k - 1];
        if (p->n == n + t->skip && memcmp(v->text.p + p->at + t->skip, s, n) == 0) return p->id;
    }
}

// --- in the order of ids

struct order {
    const char *s;
    uint32_t n;
    int32_t id;
};

static int by_id(const void *a, const void *b) {
    const struct order *x = a, *y = b;
    if (x->id != y->id) return x->id < y->id ? -1 : 1;
    int c = memcmp(x->s, y->s, x->n < y->n ? x->n : y->n);
    return c ? c : (x->n > y->n) - (x->n < y->n);
}

static struct order *sorted(const struct tok_vocab *v, struct mc_error *e) {
    struct order *o = mc_new((size_t)v->n, sizeof *o, e);
    if (!o) return NULL;
    for (int32_t i = 0; i < v->n; i++)
        o[i] = (struct order){v->text.p + v->piece[i].at, v->piece[i].n, v->piece[i].id};
    qsort(o, (size_t)v->n, sizeof *o, by_id);
    return o;
}

int tok_vocab_check_ids(const struct tok_vocab *v, const char *where, struct mc_error *e) {
    struct order *o = sorted(v, e);
    if (!o) return MC_ERR_MEM;
    int rc = 0;
    for (int32_t i = 1; i < v->n && rc == 0; i++)
        if (o[i].id == o[i - 1].id)
            rc = mc_fail(e, MC_ERR_INPUT, "%s: pieces '%.*s' and '%.*s' have one id, %d", where,
                         (int)(o[i - 1].n < 60 ? o[i - 1].n : 60), o[i - 1].s,
                         (int)(o[i].n < 60 ? o[i].n : 60), o[i].s, (int)o[i].id);
    free(o);
    return rc;
}

int tok_vocab_digest(const struct tok_vocab *v, XXH3_state_t *h, struct mc_error *e) {
    struct order *o = sorted(v, e);
    if (!o) return MC_ERR_MEM;
    for (int32_t i = 0; i < v->n; i++) {
        tok_digest_int(h, o[i].id);
        tok_digest_text(h, o[i].s, o[i].n);
    }
    free(o);
    return 0;
}

void tok_vocab_release(struct tok_vocab *v) {
    free(v->piece);
    mc_buf_release(&v->text);
    *v = (struct tok_vocab){0};
}
