// What a corpus says of its tokenizer: taken from one, as JSON, and read from that.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mc/corpus.h"
#include "tok.h"

static const struct {
    const char *key;
    size_t field;
} LIST[] = {{"special", offsetof(struct mc_corpus_ids, special)},
            {"prefix", offsetof(struct mc_corpus_ids, prefix)},
            {"suffix", offsetof(struct mc_corpus_ids, suffix)},
            {"sentinels", offsetof(struct mc_corpus_ids, sentinels)}};
enum { N_LISTS = sizeof LIST / sizeof *LIST };

static struct mc_id_list *list_of(struct mc_corpus_ids *x, int i) {
    return (struct mc_id_list *)(void *)((char *)x + LIST[i].field);
}

void mc_corpus_ids_release(struct mc_corpus_ids *x) {
    for (int i = 0; i < N_LISTS; i++) free(list_of(x, i)->v);
    *x = (struct mc_corpus_ids){0};
}

static int add_id(struct mc_id_list *l, int32_t id, struct mc_error *e) {
    if ((l->n & (l->n - 1)) == 0) { // memory grows by powers of two
        int32_t *v = mc_resize(l->v, l->n ? 2 * (size_t)l->n : 1, sizeof *v, e);
        if (!v) return MC_ERR_MEM;
        l->v = v;
    }
    l->v[l->n++] = id;
    return 0;
}

// --- of a tokenizer

static int by_id(const void *a, const void *b) {
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

static int add_special(struct mc_id_list *l, const struct mc_tokenizer *t, struct mc_error *e) {
    int32_t unknown = t->kind->unknown(t->model);
    if (unknown >= 0) MC_TRY(add_id(l, unknown, e));
    for (int i = 0; i < TOK_NAMED; i++)
        if (t->named[i] >= 0) MC_TRY(add_id(l, t->named[i], e));
    for (int i = 0; i < t->added.n; i++)
        if (t->added.v[i].special) MC_TRY(add_id(l, t->added.v[i].id, e));
    int n = 0;
    if (l->n) qsort(l->v, (size_t)l->n, sizeof *l->v, by_id);
    for (int i = 0; i < l->n; i++)
        if (n == 0 || l->v[n - 1] != l->v[i]) l->v[n++] = l->v[i];
    l->n = n;
    return 0;
}

int mc_corpus_ids_of(struct mc_corpus_ids *x, const struct mc_tokenizer *t, struct mc_error *e) {
    *x = (struct mc_corpus_ids){.vocab = t->size, .mask = t->named[TOK_MASK]};
    MC_TRY(add_special(&x->special, t, e));
    struct mc_id_list *to = &x->prefix;
    for (int i = 0; i < t->single.n; i++) {
        int32_t id = t->single.item[i].id;
        if (id >= 0)
            MC_TRY(add_id(to, id, e));
        else
            to = &x->suffix;
    }
    for (int i = 0;; i++) {
        char name[32];
        snprintf(name, sizeof name, "<extra_id_%d>", i);
        int32_t id = mc_tokenizer_id(t, name);
        if (id < 0) return 0;
        MC_TRY(add_id(&x->sentinels, id, e));
    }
}

// --- as JSON

int mc_corpus_ids_json(const struct mc_corpus_ids *x, struct mc_buf *out, struct mc_error *e) {
    struct mc_corpus_ids copy = *x; // of the places of its lists
    MC_TRY(mc_buf_printf(out, e, "{\"vocab\":%d,\"mask\":", (int)x->vocab));
    MC_TRY(x->mask < 0 ? mc_buf_printf(out, e, "null") : mc_buf_printf(out, e, "%d", (int)x->mask));
    for (int i = 0; i < N_LISTS; i++) {
        const struct mc_id_list *l = list_of(&copy, i);
        MC_TRY(mc_buf_printf(out, e, ",\"%s\":[", LIST[i].key));
        for (int k = 0; k < l->n; k++)
            MC_TRY(mc_buf_printf(out, e, "%s%d", k ? "," : "", (int)l->v[k]));
        MC_TRY(mc_buf_printf(out, e, "]"));
    }
    return mc_buf_printf(out, e, "}");
}

static int parse_list(struct mc_id_list *l, const json_t *o, const char *key, int32_t vocab,
                      struct mc_error *e) {
    const json_t *list = json_object_get(o, key);
    if (!json_is_array(list)) return mc_fail(e, MC_ERR_INPUT, "mc.corpus: no list '%s'", key);
    size_t i;
    json_t *v;
    json_array_foreach((json_t *)list, i, v) {
        int64_t id;
        if (!tok_json_int(v, 0, (int64_t)vocab - 1, &id))
            return mc_fail(e, MC_ERR_INPUT, "mc.corpus: '%s' holds no id from 0 to %d", key,
                           (int)vocab - 1);
        MC_TRY(add_id(l, (int32_t)id, e));
    }
    return 0;
}

static int parse_all(struct mc_corpus_ids *x, const json_t *o, struct mc_error *e) {
    int64_t vocab, mask = -1;
    const json_t *m = json_object_get(o, "mask");
    if (!tok_json_int(json_object_get(o, "vocab"), 1, INT32_MAX, &vocab))
        return mc_fail(e, MC_ERR_INPUT, "mc.corpus: 'vocab' is no number of ids");
    if (!m || (!json_is_null(m) && !tok_json_int(m, 0, vocab - 1, &mask)))
        return mc_fail(e, MC_ERR_INPUT, "mc.corpus: 'mask' is neither null nor an id");
    x->vocab = (int32_t)vocab;
    x->mask = (int32_t)mask;
    for (int i = 0; i < N_LISTS; i++)
        MC_TRY(parse_list(list_of(x, i), o, LIST[i].key, x->vocab, e));
    for (int i = 1; i < x->special.n; i++)
        if (x->special.v[i - 1] >= x->special.v[i])
            return mc_fail(e, MC_ERR_INPUT, "mc.corpus: special ids that do not rise");
    return 0;
}

int mc_corpus_ids_parse(struct mc_corpus_ids *x, const char *json, struct mc_error *e) {
    *x = (struct mc_corpus_ids){.mask = -1};
    json_t *o;
    json_error_t at;
    int rc = mc_json_load(&o, json, strlen(json), JSON_REJECT_DUPLICATES, MC_JSON_CONFIG, &at, e);
    if (rc == MC_ERR_INPUT) return mc_fail(e, MC_ERR_INPUT, "mc.corpus: no JSON (%s)", at.text);
    MC_TRY(rc);
    rc = parse_all(x, o, e);
    json_decref(o);
    return rc;
}
