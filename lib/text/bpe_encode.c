// Encoding by byte-level BPE: text is cut into words with the space before them, a word is its
// bytes, and neighbours are merged, the merge of least rank first.
//
// The cut is a regular expression on classes of code points, which libraries of different ages know
// differently. So the expression does not see the text but a letter, a digit, a space or a stop for
// each code point beyond ASCII, by the classes of mc/unicode.h.
#include <stdlib.h>
#include <string.h>

#include "bpe.h"
#include "mc/unicode.h"

const char tok_gpt2_pattern[] =
    "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

enum { WORD_MAX = 1 << 29 };

int32_t tok_bpe_id(const void *model, const char *s, size_t n) {
    const struct bpe *b = model;
    return tok_vocab_find(&b->vocab, &b->whole, s, n);
}

struct merge *tok_merge_slot(const struct bpe *b, int32_t left, int32_t right) {
    uint64_t h = ((uint64_t)(uint32_t)left << 32 | (uint32_t)right) * 0x9e3779b97f4a7c15;
    for (uint32_t i = (uint32_t)(h >> 32);; i++) {
        struct merge *m = &b->merge[i & b->mask];
        if (m->left < 0 || (m->left == left && m->right == right)) return m;
    }
}

int tok_bpe_normalize(const void *model, const char *s, size_t n, struct mc_encoding *x,
                      struct mc_error *e) {
    (void)model;
    size_t bad = mc_utf8_check(s, n);
    if (bad < n) return mc_fail(e, MC_ERR_INPUT, "byte %zu: not UTF-8", bad);
    return mc_buf_add(&x->norm, s, n, e);
}

// A part of a word, in a list; a merge leaves the left one.
struct part {
    int32_t id; // -1: merged into the one before
    int32_t prev, next;
};

// A merge in the queue: of the part at a place with the next.
struct due {
    int32_t rank, at, to;
};

struct scratch {
    pcre2_match_data *match;
    struct mc_buf text, kinds, word;
    struct part *part;
    struct due *heap;
    size_t cap, n_due;
};

static void scratch_free(void *p) {
    struct scratch *k = p;
    if (!k) return;
    pcre2_match_data_free(k->match);
    mc_buf_release(&k->text);
    mc_buf_release(&k->kinds);
    mc_buf_release(&k->word);
    free(k->part);
    free(k->heap);
    free(k);
}

static struct scratch *scratch_of(struct mc_encoding *x, struct mc_error *e) {
    if (x->own_free == scratch_free) return x->own;
    struct scratch *k = mc_new(1, sizeof *k, e);
    if (!k) return NULL;
    if (!(k->match = pcre2_match_data_create(1, NULL))) {
        mc_fail(e, MC_ERR_MEM, "no memory");
        scratch_free(k);
        return NULL;
    }
    if (x->own_free) x->own_free(x->own);
    x->own = k;
    x->own_free = scratch_free;
    return k;
}

static int reserve(struct scratch *k, size_t n, struct mc_error *e) {
    if (n <= k->cap) return 0;
    if (n > WORD_MAX) return mc_fail(e, MC_ERR_INPUT, "a word of over %d bytes", WORD_MAX);
    size_t cap = k->cap ? k->cap : 64;
    while (cap < n) cap *= 2;
    struct part *part = mc_resize(k->part, cap, sizeof *part, e);
    if (!part) return MC_ERR_MEM;
    k->part = part;
    // a pair at each place, and two new ones for each merge
    struct due *heap = mc_resize(k->heap, 3 * cap, sizeof *heap, e);
    if (!heap) return MC_ERR_MEM;
    k->heap = heap;
    k->cap = cap;
    return 0;
}

static bool merges_sooner(const struct due *a, const struct due *b) {
    return a->rank != b->rank ? a->rank < b->rank : a->at < b->at;
}

static void push_due(const struct bpe *b, struct scratch *k, int32_t at) {
    int32_t next = k->part[at].next;
    if (next < 0) return;
    const struct merge *m = tok_merge_slot(b, k->part[at].id, k->part[next].id);
    if (m->left < 0) return;
    struct due d = {m->rank, at, m->to};
    size_t i = k->n_due++;
    for (; i > 0 && merges_sooner(&d, &k->heap[(i - 1) / 2]); i = (i - 1) / 2)
        k->heap[i] = k->heap[(i - 1) / 2];
    k->heap[i] = d;
}

static struct due pop_due(struct scratch *k) {
    struct due top = k->heap[0], d = k->heap[--k->n_due];
    size_t i = 0;
    for (size_t c; (c = 2 * i + 1) < k->n_due; i = c) {
        if (c + 1 < k->n_due && merges_sooner(&k->heap[c + 1], &k->heap[c])) c++;
        if (!merges_sooner(&k->heap[c], &d)) break;
        k->heap[i] = k->heap[c];
    }
    k->heap[i] = d;
    return top;
}

static void merge_parts(const struct bpe *b, struct scratch *k, int32_t n) {
    struct part *p = k->part;
    k->n_due = 0;
    for (int32_t i = 0; i + 1 < n; i++) push_due(b, k, i);
    while (k->n_due > 0) {
        struct due d = pop_due(k);
        int32_t next = p[d.at].next;
        if (p[d.at].id < 0 || next < 0) continue;
        // the pair that was queued may have been merged since; another pair at its place that gives
        // the same piece is merged in its stead, as in the tokenizers package
        const struct merge *m = tok_merge_slot(b, p[d.at].id, p[next].id);
        if (m->left < 0 || m->to != d.to) continue;
        p[d.at].id = d.to;
        p[d.at].next = p[next].next;
        p[next].id = -1;
        if (p[d.at].next >= 0) p[p[d.at].next].prev = d.at;
        if (p[d.at].prev >= 0) push_due(b, k, p[d.at].prev);
        push_due(b, k, d.at);
    }
}

// The parts to begin with; their number.
static int32_t take_bytes(const struct bpe *b, struct part *p, const char *s, size_t n) {
    int32_t k = 0;
    bool unknown = false; // the part before
    for (size_t i = 0; i < n; i++) {
        int32_t id = b->byte[(unsigned char)s[i]];
        bool known = id >= 0, again = !known && unknown && b->fuse_unk;
        unknown = !known;
        if (!known) id = b->unk_id;
        if (id < 0 || again) continue;
        p[k] = (struct part){id, k - 1, k + 1};
        k++;
    }
    if (k > 0) p[k - 1].next = -1;
    return k;
}

static int whole_word(const struct bpe *b, struct mc_buf *w, const char *s, size_t n, int32_t *id,
                      struct mc_error *e) {
    w->n = 0;
    for (size_t i = 0; i < n; i++) {
        const char *g = b->glyph[(unsigned char)s[i]];
        MC_TRY(mc_buf_add(w, g, strlen(g), e));
    }
    *id = tok_bpe_id(b, w->p, w->n);
    return 0;
}

static int encode_word(const struct bpe *b, struct scratch *k, const char *s, size_t n,
                       struct mc_encoding *x, int which, struct mc_error *e) {
    if (b->ignore_merges) {
        int32_t id;
        MC_TRY(whole_word(b, &k->word, s, n, &id, e));
        if (id >= 0) return tok_push_id(x, which, id, e);
    }
    MC_TRY(reserve(k, n, e));
    int32_t parts = take_bytes(b, k->part, s, n);
    if (parts == 0) return 0;
    merge_parts(b, k, parts);
    for (int32_t i = 0; i >= 0; i = k->part[i].next)
        MC_TRY(tok_push_id(x, which, k->part[i].id, e));
    return 0;
}

// s[n] with a space before it, unless one is there.
static int spaced(struct mc_buf *to, const char **s, size_t *n, struct mc_error *e) {
    if (**s == ' ') return 0;
    to->n = 0;
    MC_TRY(mc_buf_add(to, " ", 1, e));
    MC_TRY(mc_buf_add(to, *s, *n, e));
    *s = to->p;
    *n = to->n;
    return 0;
}

// A character for each code point of s[n]: itself if ASCII, else one of its class.
static int kinds_of(struct mc_buf *to, const char *s, size_t n, struct mc_error *e) {
    to->n = 0;
    MC_TRY(mc_buf_reserve(to, n, e));
    for (size_t i = 0; i < n;) {
        uint32_t c = 0;
        i += (size_t)mc_utf8_read(s + i, n - i, &c);
        unsigned f = c < 0x80 ? 0 : mc_cp_class(c);
        to->p[to->n++] = c < 0x80           ? (char)c
                         : f & MC_CP_LETTER ? 'a'
                         : f & MC_CP_NUMBER ? '0'
                         : f & MC_CP_SPACE  ? '\t'
                                            : '.';
    }
    return 0;
}

int tok_bpe_encode(const void *model, const char *s, size_t n, struct mc_encoding *x, int which,
                   struct mc_error *e) {
    const struct bpe *b = model;
    struct scratch *k = scratch_of(x, e);
    if (!k) return MC_ERR_MEM;
    if (b->prefix == PREFIX_TEXT) MC_TRY(spaced(&k->text, &s, &n, e));
    if (!b->split) return encode_word(b, k, s, n, x, which, e);
    MC_TRY(kinds_of(&k->kinds, s, n, e));
    const size_t *match = pcre2_get_ovector_pointer(k->match);
    for (size_t at = 0; at < k->kinds.n;) {
        int rc = pcre2_match(b->pattern, (PCRE2_SPTR)k->kinds.p, k->kinds.n, at, PCRE2_ANCHORED,
                             k->match, NULL);
        if (rc < 0) return mc_fail(e, MC_ERR_MEM, "no memory"); // every character matches
        const char *w = s;
        for (; at < match[1]; at++) do
                s++;
            while (((unsigned char)*s & 0xc0) == 0x80); // a NUL ends the text
        size_t n_word = (size_t)(s - w);
        if (b->prefix == PREFIX_WORD) MC_TRY(spaced(&k->text, &w, &n_word, e));
        MC_TRY(encode_word(b, k, w, n_word, x, which, e));
    }
    return 0;
}
