// Encoding by a Unigram model: the text mapped, cut into words that begin with the mark of a space,
// and each word into the pieces of the largest sum of scores.
#include <stdlib.h>
#include <string.h>

#include "mc/unicode.h"
#include "unigram.h"

enum { WORD_MAX = 1 << 29 };

// --- normalizer

// The white space that s[n] ends with is left out.
static size_t stripped(const char *s, size_t n) {
    while (n > 0) {
        size_t i = n - 1;
        while (i > 0 && ((unsigned char)s[i] & 0xc0) == 0x80) i--;
        uint32_t c = 0;
        mc_utf8_read(s + i, n - i, &c);
        if (!(mc_cp_class(c) & MC_CP_SPACE)) return n;
        n = i;
    }
    return 0;
}

// Runs of two spaces and more become one mark.
static int join_spaces(struct mc_buf *b, size_t from, struct mc_error *e) {
    struct mc_buf out = {0};
    int rc = 0;
    for (size_t i = from, k; i < b->n && rc == 0; i += k) {
        bool space = b->p[i] == ' ';
        for (k = 1; i + k < b->n && (b->p[i + k] == ' ') == space;) k++;
        rc = space && k > 1 ? mc_buf_add(&out, TOK_SPACE, strlen(TOK_SPACE), e)
                            : mc_buf_add(&out, b->p + i, k, e);
    }
    b->n = from;
    if (rc == 0) rc = mc_buf_add(b, out.p, out.n, e);
    mc_buf_release(&out);
    return rc;
}

int tok_unigram_normalize(const void *model, const char *s, size_t n, struct mc_encoding *x,
                          struct mc_error *e) {
    const struct unigram *u = model;
    size_t bad = mc_utf8_check(s, n), from = x->norm.n;
    if (bad < n) return mc_fail(e, MC_ERR_INPUT, "byte %zu: not UTF-8", bad);
    MC_TRY(u->map.n ? tok_charsmap_apply(&u->map, s, n, &x->norm, e)
                    : mc_buf_add(&x->norm, s, n, e));
    if (u->strip) x->norm.n = from + stripped(x->norm.p + from, x->norm.n - from);
    return u->join ? join_spaces(&x->norm, from, e) : 0;
}

// --- the best pieces

// The best way to the end of a byte.
struct node {
    double score;
    int32_t from, id; // of the last piece; from -1: no way yet
};

struct scratch {
    struct mc_buf word;
    struct node *node;
    int32_t *id;
    size_t cap;
};

static void scratch_free(void *p) {
    struct scratch *k = p;
    if (!k) return;
    mc_buf_release(&k->word);
    free(k->node);
    free(k->id);
    free(k);
}

static struct scratch *scratch_of(struct mc_encoding *x, struct mc_error *e) {
    if (x->own_free == scratch_free) return x->own;
    struct scratch *k = mc_new(1, sizeof *k, e);
    if (!k) return NULL;
    if (x->own_free) x->own_free(x->own);
    x->own = k;
    x->own_free = scratch_free;
    return k;
}

static int reserve(struct scratch *k, size_t n, struct mc_error *e) {
    if (n < k->cap) return 0;
    if (n > WORD_MAX) return mc_fail(e, MC_ERR_INPUT, "a word of over %d bytes", WORD_MAX);
    size_t cap = k->cap ? k->cap : 64;
    while (cap <= n) cap *= 2;
    struct node *node = mc_resize(k->node, cap, sizeof *node, e);
    if (!node) return MC_ERR_MEM;
    k->node = node;
    int32_t *id = mc_resize(k->id, cap, sizeof *id, e);
    if (!id) return MC_ERR_MEM;
    k->id = id;
    k->cap = cap;
    return 0;
}

static void offer_way(struct node *to, double score, size_t from, int32_t id) {
    if (to->from >= 0 && !(score > to->score)) return; // of equals the first stays
    *to = (struct node){score, (int32_t)from, id};
}

static void find_ways(const struct unigram *u, struct node *node, const char *s, size_t n) {
    for (size_t i = 0; i <= n; i++) node[i].from = -1;
    node[0].score = 0;
    for (size_t at = 0; at < n;) {
        double here = node[at].score;
        size_t k = at + 1; // the end of the code point
        while (k < n && ((unsigned char)s[k] & 0xc0) == 0x80) k++;
        bool known = false; // it is a piece by itself
        uint32_t t = 0;
        for (size_t i = at; i < n && (t = tok_trie_step(&u->trie, t, s[i])); i++) {
            int32_t id = u->trie.value[t];
            if (id < 0) continue;
            offer_way(&node[i + 1], u->score[id] + here, at, id);
            known |= i + 1 == k;
        }
        if (!known) offer_way(&node[k], u->unk_score + here, at, u->unk_id);
        at = k;
    }
}

// Ids of a stretch s[n] that the best way takes for unknown, the last first: a piece for each byte
// where there are such pieces, else the unknown id. Returns their number.
static size_t put_unknown(const struct unigram *u, int32_t *id, const char *s, size_t n) {
    id[0] = tok_trie_find(&u->trie, s, n);
    if (id[0] >= 0) return 1; // a piece whose score is below that of the unknown
    bool bytes = u->byte_fallback;
    for (size_t i = 0; bytes && i < n; i++) bytes = u->byte[(unsigned char)s[i]] >= 0;
    for (size_t i = 0; bytes && i < n; i++) id[i] = u->byte[(unsigned char)s[n - 1 - i]];
    if (bytes) return n;
    id[0] = u->unk_id;
    return 1;
}

static int put_word(const struct unigram *u, struct scratch *k, const char *s, size_t n,
                    struct mc_encoding *x, int which, struct mc_error *e) {
    MC_TRY(reserve(k, n, e));
    find_ways(u, k->node, s, n);
    size_t n_ids = 0;
    for (size_t end = n; end > 0;) {
        size_t from = (size_t)k->node[end].from;
        if (k->node[end].id != u->unk_id) {
            k->id[n_ids++] = k->node[end].id;
        } else { // a run of unknown ones is one
            while (from > 0 && k->node[from].id == u->unk_id) from = (size_t)k->node[from].from;
            n_ids += put_unknown(u, k->id + n_ids, s + from, end - from);
        }
        end = from;
    }
    while (n_ids > 0) MC_TRY(tok_push_id(x, which, k->id[--n_ids], e));
    return 0;
}

// --- words

static bool starts_with(const char *s, size_t n, const char *with, size_t k) {
    return n >= k && memcmp(s, with, k) == 0;
}

// s[n] with marks for spaces and the one before it.
static int mark_spaces(const struct unigram *u, struct mc_buf *to, const char *s, size_t n,
                       bool first, struct mc_error *e) {
    size_t k = strlen(u->space);
    bool marked = *s == ' ' || starts_with(s, n, u->space, k);
    to->n = 0;
    if (!marked && (u->mark == MARK_ALWAYS || (u->mark == MARK_FIRST && first)))
        MC_TRY(mc_buf_add(to, u->space, k, e));
    for (size_t i = 0; i < n;) {
        const char *gap = memchr(s + i, ' ', n - i);
        size_t run = gap ? (size_t)(gap - s) - i : n - i;
        MC_TRY(mc_buf_add(to, s + i, run, e));
        i += run;
        for (; i < n && s[i] == ' '; i++) MC_TRY(mc_buf_add(to, u->space, k, e));
    }
    return 0;
}

static int put_marked(const struct unigram *u, struct scratch *k, const char *s, size_t n,
                      struct mc_encoding *x, int which, struct mc_error *e) {
    MC_TRY(mark_spaces(u, &k->word, s, n, x->first, e));
    const char *w = k->word.p;
    size_t mark = strlen(u->space), from = 0, all = k->word.n;
    for (size_t i = 1; u->split && i < all; i++) {
        if (w[i] != *u->space || !starts_with(w + i, all - i, u->space, mark)) continue;
        MC_TRY(put_word(u, k, w + from, i - from, x, which, e));
        from = i;
    }
    return put_word(u, k, w + from, all - from, x, which, e);
}

// The bytes of the white space that s[n] begins with, or 0.
static size_t space_at(const char *s, size_t n) {
    unsigned char b = (unsigned char)*s;
    if (b < 0x80) return b == ' ' || (b >= 9 && b <= 13);
    if (b != 0xc2 && (b < 0xe1 || b > 0xe3)) return 0; // no other begins with another byte
    uint32_t c = 0;
    int k = mc_utf8_read(s, n, &c);
    return mc_cp_class(c) & MC_CP_SPACE ? (size_t)k : 0;
}

int tok_unigram_encode(const void *model, const char *s, size_t n, struct mc_encoding *x, int which,
                       struct mc_error *e) {
    const struct unigram *u = model;
    struct scratch *k = scratch_of(x, e);
    if (!k) return MC_ERR_MEM;
    if (!u->words) return put_marked(u, k, s, n, x, which, e);
    for (size_t i = 0; i < n;) {
        size_t gap = space_at(s + i, n - i), from = i;
        i += gap;
        if (gap) continue;
        while (i < n && !space_at(s + i, n - i)) i++;
        MC_TRY(put_marked(u, k, s + from, i - from, x, which, e));
    }
    return 0;
}
