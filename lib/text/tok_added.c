// Added tokens: taken out of the text before, or (those marked `normalized`) after it is
// normalized; the leftmost, of those the longest, as the Aho-Corasick search of the tokenizers
// package does.
#include <stdlib.h>
#include <string.h>

#include "mc/unicode.h"
#include "tok.h"

static const char *added_text(const void *of, int i) {
    return ((const struct tok_added_list *)of)->v[i].text;
}

int tok_added_push(struct tok_added_list *l, const struct tok_added *a, struct mc_error *e) {
    if ((l->n & (l->n - 1)) == 0) { // memory grows by powers of two
        struct tok_added *v = mc_resize(l->v, l->n ? 2 * (size_t)l->n : 1, sizeof *v, e);
        if (!v) return MC_ERR_MEM;
        l->v = v;
    }
    struct tok_added *to = &l->v[l->n];
    *to = *a;
    to->text = mc_strdup(a->text, e);
    if (!to->text) return MC_ERR_MEM;
    to->n = strlen(a->text);
    l->n++;
    return mc_names_add(&l->names, l, added_text, e);
}

const struct tok_added *tok_added_find(const struct tok_added_list *l, const char *text) {
    int i = mc_names_find(&l->names, l, added_text, text);
    return i < 0 ? NULL : &l->v[i];
}

static int by_id(const void *a, const void *b) {
    int32_t x = ((const struct tok_added *)a)->id, y = ((const struct tok_added *)b)->id;
    return (x > y) - (x < y);
}

int tok_added_sort(struct tok_added_list *l, struct mc_error *e) {
    if (l->n) qsort(l->v, (size_t)l->n, sizeof *l->v, by_id);
    mc_names_release(&l->names); // it has places in l->v, which sorting changed
    for (int i = 0; i < l->n; i++) MC_TRY(mc_names_add(&l->names, l, added_text, e));
    return 0;
}

void tok_added_free(struct tok_added_list *l) {
    for (int i = 0; i < l->n; i++) free(l->v[i].text);
    free(l->v);
    mc_names_release(&l->names);
    *l = (struct tok_added_list){0};
}

int tok_added_from_json(struct tok_added *a, const json_t *o, const char *where,
                        struct mc_error *e) {
    *a = (struct tok_added){0};
    a->text = (char *)tok_json_str(o, "content"); // borrowed: tok_added_push copies
    if (!a->text || !*a->text)
        return mc_fail(e, MC_ERR_INPUT, "%s: an added token without content", where);
    MC_TRY(tok_json_bool(o, "special", false, where, &a->special, e));
    MC_TRY(tok_json_bool(o, "single_word", false, where, &a->single_word, e));
    MC_TRY(tok_json_bool(o, "lstrip", false, where, &a->lstrip, e));
    MC_TRY(tok_json_bool(o, "rstrip", false, where, &a->rstrip, e));
    return tok_json_bool(o, "normalized", !a->special, where, &a->normalized, e);
}

static int add_pattern(struct tok_finder *f, const struct mc_tokenizer *t, int i, bool normalized,
                       struct mc_encoding *x, struct mc_error *e) {
    const struct tok_added *a = &t->added.v[i];
    const char *text = a->text;
    size_t n = a->n;
    if (normalized) {
        x->norm.n = 0;
        MC_TRY(t->kind->normalize(t->model, a->text, a->n, x, e));
        text = x->norm.p;
        n = x->norm.n;
    }
    if (n == 0) return 0;
    char *copy = mc_new(n + 1, 1, e);
    if (!copy) return MC_ERR_MEM;
    memcpy(copy, text, n);
    f->pattern[f->n].text = copy;
    f->pattern[f->n].n = n;
    f->pattern[f->n].of = i;
    f->n++;
    return 0;
}

// By first byte, the longest first, equal texts side by side.
static int by_place(const void *a, const void *b) {
    const struct tok_pattern *x = a, *y = b;
    unsigned char p = (unsigned char)x->text[0], q = (unsigned char)y->text[0];
    if (p != q) return p < q ? -1 : 1;
    if (x->n != y->n) return x->n > y->n ? -1 : 1;
    int d = memcmp(x->text, y->text, x->n);
    return d ? d : (x->of > y->of) - (x->of < y->of);
}

// Where the patterns of every first byte begin, and, behind each, where its length ends.
static void index_patterns(struct tok_finder *f) {
    int at = 0;
    for (int b = 0; b < 256; b++) {
        f->start[b] = at;
        while (at < f->n && (unsigned char)f->pattern[at].text[0] == b) at++;
        for (int i = at - 1; i >= f->start[b]; i--)
            f->skip[i] = i + 1 < at && f->pattern[i + 1].n == f->pattern[i].n ? f->skip[i + 1]
                                                                              : i + 1;
    }
    f->start[256] = at;
}

int tok_finder_build(struct tok_finder *f, const struct mc_tokenizer *t, bool normalized,
                     struct mc_error *e) {
    *f = (struct tok_finder){0};
    f->pattern = mc_new((size_t)t->added.n, sizeof *f->pattern, e);
    f->skip = mc_new((size_t)t->added.n, sizeof *f->skip, e);
    if (!f->pattern || !f->skip) return MC_ERR_MEM;
    struct mc_encoding x = {0};
    int rc = 0;
    for (int i = 0; i < t->added.n && rc == 0; i++)
        if (t->added.v[i].normalized == normalized) rc = add_pattern(f, t, i, normalized, &x, e);
    if (f->n) qsort(f->pattern, (size_t)f->n, sizeof *f->pattern, by_place);
    index_patterns(f);
    mc_encoding_release(&x);
    return rc;
}

void tok_finder_free(struct tok_finder *f) {
    for (int i = 0; i < f->n; i++) free(f->pattern[i].text);
    free(f->pattern);
    free(f->skip);
    *f = (struct tok_finder){0};
}

// The class of the code point that ends at s[at], and where it starts.
static unsigned class_before(const char *s, size_t at, size_t *start) {
    size_t i = at - 1;
    while (i > 0 && ((unsigned char)s[i] & 0xc0) == 0x80) i--;
    uint32_t c = 0;
    mc_utf8_read(s + i, at - i, &c);
    *start = i;
    return mc_cp_class(c);
}

static unsigned class_after(const char *s, size_t at, size_t n, size_t *end) {
    uint32_t c = 0;
    int k = mc_utf8_read(s + at, n - at, &c);
    *end = at + (size_t)(k ? k : 1);
    return mc_cp_class(c);
}

static bool stands_alone(const char *s, size_t n, size_t from, size_t to) {
    size_t edge;
    if (from > 0 && (class_before(s, from, &edge) & MC_CP_WORD)) return false;
    return to == n || !(class_after(s, to, n, &edge) & MC_CP_WORD);
}

// The first of the patterns from..to, all of one length n and sorted, that is s[n]; or -1.
static int find_equal(const struct tok_finder *f, int from, int to, const char *s, size_t n) {
    while (from < to) {
        int mid = from + (to - from) / 2;
        if (memcmp(f->pattern[mid].text, s, n) < 0)
            from = mid + 1;
        else
            to = mid;
    }
    return from < f->n && f->pattern[from].n == n && memcmp(f->pattern[from].text, s, n) == 0 ? from
                                                                                              : -1;
}

static int match_at(const struct tok_finder *f, const char *s, size_t n, size_t at) {
    unsigned char b = (unsigned char)s[at];
    for (int i = f->start[b]; i < f->start[b + 1]; i = f->skip[i]) {
        size_t k = f->pattern[i].n;
        int found = k <= n - at ? find_equal(f, i, f->skip[i], s + at, k) : -1;
        if (found >= 0) return found;
    }
    return -1;
}

int tok_finder_split(const struct tok_finder *f, const struct tok_added_list *l, const char *s,
                     size_t n, tok_piece_fn *fn, void *ctx, struct mc_error *e) {
    size_t done = 0; // s[0..done) has been given to fn
    for (size_t at = 0; f->n && at < n;) {
        int i = match_at(f, s, n, at);
        if (i < 0) {
            at++;
            continue;
        }
        const struct tok_added *a = &l->v[f->pattern[i].of];
        size_t from = at, to = at + f->pattern[i].n, edge;
        at = to; // the search goes on behind the match, kept or not
        if (a->single_word && !stands_alone(s, n, from, to)) continue;
        if (a->lstrip)
            while (from > done && (class_before(s, from, &edge) & MC_CP_SPACE)) from = edge;
        if (a->rstrip)
            while (to < n && (class_after(s, to, n, &edge) & MC_CP_SPACE)) to = edge;
        if (from > done) MC_TRY(fn(ctx, -1, s + done, from - done, e));
        MC_TRY(fn(ctx, f->pattern[i].of, s + from, to - from, e));
        done = to;
    }
    return n > done ? fn(ctx, -1, s + done, n - done, e) : 0;
}
