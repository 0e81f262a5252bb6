// Added tokens: taken out of the text before, or (those marked `normalized`) after it is
// normalized; the leftmost, of those the longest, as the Aho-Corasick search of the tokenizers
// package does.
#include <stdlib.h>
#include <string.h>

#include "mc/unicode.h"
#include "tok.h"

int tok_added_push(struct tok_added_list *l, const struct tok_added *a, struct mc_error *e) {
    struct tok_added *v = mc_resize(l->v, (size_t)l->n + 1, sizeof *v, e);
    if (!v) return MC_ERR_MEM;
    l->v = v;
    v[l->n] = *a;
    v[l->n].text = mc_strdup(a->text, e);
    if (!v[l->n].text) return MC_ERR_MEM;
    v[l->n].n = strlen(a->text);
    l->n++;
    return 0;
}

const struct tok_added *tok_added_find(const struct tok_added_list *l, const char *text) {
    for (int i = 0; i < l->n; i++)
        if (strcmp(l->v[i].text, text) == 0) return &l->v[i];
    return NULL;
}

void tok_added_free(struct tok_added_list *l) {
    for (int i = 0; i < l->n; i++) free(l->v[i].text);
    free(l->v);
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
    char *copy = mc_new(n, 1, e);
    if (!copy) return MC_ERR_MEM;
    memcpy(copy, text, n);
    // before the shorter ones of its first byte; equal lengths keep their order
    int at = 0;
    unsigned char b = (unsigned char)copy[0];
    while (at < f->n) {
        unsigned char o = (unsigned char)f->pattern[at].text[0];
        if (o > b || (o == b && f->pattern[at].n < n)) break;
        at++;
    }
    memmove(f->pattern + at + 1, f->pattern + at, (size_t)(f->n - at) * sizeof *f->pattern);
    f->pattern[at].text = copy;
    f->pattern[at].n = n;
    f->pattern[at].of = i;
    f->n++;
    return 0;
}

int tok_finder_build(struct tok_finder *f, const struct mc_tokenizer *t, bool normalized,
                     struct mc_error *e) {
    *f = (struct tok_finder){0};
    f->pattern = mc_new((size_t)t->added.n, sizeof *f->pattern, e);
    if (!f->pattern) return MC_ERR_MEM;
    struct mc_encoding x = {0};
    int rc = 0;
    for (int i = 0; i < t->added.n && rc == 0; i++)
        if (t->added.v[i].normalized == normalized) rc = add_pattern(f, t, i, normalized, &x, e);
    int at = 0;
    for (int b = 0; b < 256; b++) {
        f->start[b] = at;
        while (at < f->n && (unsigned char)f->pattern[at].text[0] == b) at++;
    }
    f->start[256] = at;
    mc_encoding_release(&x);
    return rc;
}

void tok_finder_free(struct tok_finder *f) {
    for (int i = 0; i < f->n; i++) free(f->pattern[i].text);
    free(f->pattern);
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

static int match_at(const struct tok_finder *f, const char *s, size_t n, size_t at) {
    unsigned char b = (unsigned char)s[at];
    for (int i = f->start[b]; i < f->start[b + 1]; i++)
        if (f->pattern[i].n <= n - at && memcmp(f->pattern[i].text, s + at, f->pattern[i].n) == 0)
            return i;
    return -1;
}

int tok_finder_split(const struct tok_finder *f, const struct tok_added_list *l, const char *s,
                     size_t n, tok_piece_fn *fn, void *ctx, struct mc_error *e) {
    size_t done = 0; // what is before it has been handed out
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
