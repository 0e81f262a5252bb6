// Templates of text to text: parsed, filled in, encoded as one text, cut where the texts are.
#include "mc/num.h"
#include "mc/template.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tok.h"

enum { AHEAD = 16 };

// --- parsing

static int add_part(struct mc_template *p, int text, struct mc_error *e) {
    struct mc_template_part *v = mc_resize(p->part, (size_t)p->n + 1, sizeof *v, e);
    if (!v) return MC_ERR_MEM;
    p->part = v;
    v[p->n++] = (struct mc_template_part){p->fixed.n, 0, text};
    if (text >= p->n_texts) p->n_texts = text + 1;
    return 0;
}

static int add_fixed(struct mc_template *p, char c, struct mc_error *e) {
    if (p->n == 0 || p->part[p->n - 1].text >= 0) MC_TRY(add_part(p, -1, e));
    p->part[p->n - 1].n++;
    return mc_buf_add(&p->fixed, &c, 1, e);
}

// What one sort of template may hold.
struct sort {
    const char *name, *field[MC_TEMPLATE_TEXTS], *fields;
};

// The field at s, behind its brace; *end is behind the closing one.
static int add_field(struct mc_template *p, const struct sort *k, const char *s, const char **end,
                     struct mc_error *e) {
    size_t n = strcspn(s, "{}");
    if (s[n] != '}') return mc_fail(e, MC_ERR_USAGE, "a brace that is not closed ({{ writes one)");
    *end = s + n + 1;
    for (int i = 0; i < MC_TEMPLATE_TEXTS && k->field[i]; i++)
        if (strlen(k->field[i]) == n && memcmp(k->field[i], s, n) == 0) return add_part(p, i, e);
    return mc_fail(e, MC_ERR_USAGE, "{%.*s} is no field: a %s has %s", (int)n, s, k->name,
                   k->fields);
}

static int parse(struct mc_template *p, const struct sort *k, const char *s, struct mc_error *e) {
    *p = (struct mc_template){0};
    int rc = 0;
    while (rc == 0 && *s) {
        if (*s == '{' && s[1] != '{') {
            rc = add_field(p, k, s + 1, &s, e);
            continue;
        }
        if (*s == '}' && s[1] != '}')
            rc = mc_fail(e, MC_ERR_USAGE, "a closing brace alone (}} writes one)");
        else
            rc = add_fixed(p, *s, e);
        s += *s == '{' || *s == '}' ? 2 : 1;
    }
    if (rc == 0 && p->n_texts == 0)
        rc = mc_fail(e, MC_ERR_USAGE, "no field: a %s has %s", k->name, k->fields);
    if (rc < 0) mc_template_release(p);
    return rc;
}

int mc_template_source(struct mc_template *p, const char *s, struct mc_error *e) {
    return parse(p, &(struct sort){"source", {"1", "2"}, "{1} and {2}, or one of them"}, s, e);
}

int mc_template_target(struct mc_template *p, const char *s, struct mc_error *e) {
    return parse(p, &(struct sort){"target", {"label"}, "{label} alone"}, s, e);
}

void mc_template_release(struct mc_template *p) {
    free(p->part);
    mc_buf_release(&p->fixed);
    mc_buf_release(&p->filled);
    *p = (struct mc_template){0};
}

// --- encoding

// A row being cut: what is kept of each text, its beginning, or its end where the tokenizer cuts on
// the left.
struct cut {
    struct mc_template *p;
    const struct mc_tokenizer *t;
    struct mc_encoding *x;
    const char *text[MC_TEMPLATE_TEXTS];
    size_t len[MC_TEMPLATE_TEXTS], keep[MC_TEMPLATE_TEXTS];
};

static const char *kept_text(const struct cut *c, int i) {
    return c->text[i] + (c->t->cut_left ? c->len[i] - c->keep[i] : 0);
}

static int encode_filled(struct cut *c, struct mc_error *e) {
    struct mc_template *p = c->p;
    p->filled.n = 0;
    for (int i = 0; i < p->n; i++) {
        const struct mc_template_part *q = &p->part[i];
        if (q->text < 0)
            MC_TRY(mc_buf_add(&p->filled, p->fixed.p + q->at, q->n, e));
        else
            MC_TRY(mc_buf_add(&p->filled, kept_text(c, q->text), c->keep[q->text], e));
    }
    return mc_tokenizer_encode(c->t, p->filled.p, p->filled.n, NULL, 0, 0, c->x, e);
}

// Tokens of what is kept of a text alone.
static int tokens_alone(struct cut *c, int i, int64_t *n, struct mc_error *e) {
    MC_TRY(mc_tokenizer_encode(c->t, kept_text(c, i), c->keep[i], NULL, 0, 0, c->x, e));
    *n = c->x->n - mc_tokenizer_n_special(c->t, false);
    return 0;
}

// A length of text i between lo and hi that ends between code points, near the middle; lo: there is
// none.
static size_t boundary_between(const struct cut *c, int i, size_t lo, size_t hi) {
    size_t middle = lo + (hi - lo) / 2;
    for (size_t step = 0; step <= hi - lo; step++) {
        size_t n = step % 2 ? middle + step / 2 + 1 : middle - step / 2;
        size_t at = c->t->cut_left ? c->len[i] - n : n;
        if (n > lo && n < hi && ((unsigned char)c->text[i][at] & 0xc0) != 0x80) return n;
    }
    return lo;
}

// How much of text i is tried, and against what: its own tokens or those of the whole string.
struct trial {
    struct cut *c;
    int i;
    bool by_itself;
    int64_t limit;
};

static int trial_fits(const struct trial *r, size_t n, bool *yes, struct mc_error *e) {
    int64_t tokens;
    r->c->keep[r->i] = n;
    MC_TRY(r->by_itself ? tokens_alone(r->c, r->i, &tokens, e) : encode_filled(r->c, e));
    *yes = (r->by_itself ? tokens : r->c->x->n) <= r->limit;
    return 0;
}

// A word may need fewer tokens than its beginning: the greatest length in (*n, full) that fits and
// does not reach beyond the end of the word behind *n, nor AHEAD code points.
static int look_ahead(const struct trial *r, size_t *n, size_t full, bool *found,
                      struct mc_error *e) {
    const struct cut *c = r->c;
    size_t at[AHEAD];
    int k = 0;
    *found = false;
    for (size_t to = *n + 1; to < full && k < AHEAD; to++) {
        const char *edge = c->text[r->i] + (c->t->cut_left ? c->len[r->i] - to : to);
        if (((unsigned char)*edge & 0xc0) == 0x80) continue;
        at[k++] = to;
        if (strchr(" \t\n", c->t->cut_left ? edge[-1] : *edge)) break;
    }
    while (k-- > 0 && !*found) {
        MC_TRY(trial_fits(r, at[k], found, e));
        if (*found) *n = at[k];
    }
    return 0;
}

// Shortens a text, which is too long as it is, until the trial fits. Where nothing of it is left,
// that is taken to fit.
static int shorten(const struct trial *r, struct mc_error *e) {
    size_t lo = 0, full = r->c->keep[r->i];
    for (bool more = true; more;) {
        size_t hi = full;
        for (size_t n; (n = boundary_between(r->c, r->i, lo, hi)) > lo;) {
            bool yes;
            MC_TRY(trial_fits(r, n, &yes, e));
            if (yes)
                lo = n;
            else
                hi = n;
        }
        MC_TRY(look_ahead(r, &lo, full, &more, e));
    }
    r->c->keep[r->i] = lo;
    return 0;
}

static int cut_texts(struct cut *c, int64_t max_len, struct mc_error *e) {
    const size_t full[MC_TEMPLATE_TEXTS] = {c->keep[0], c->keep[1]};
    int64_t own[MC_TEMPLATE_TEXTS];
    for (int i = 0; i < MC_TEMPLATE_TEXTS; i++) MC_TRY(tokens_alone(c, i, &own[i], e));
    c->keep[0] = c->keep[1] = 0;
    MC_TRY(encode_filled(c, e));
    if (c->x->n > max_len)
        return mc_fail(e, MC_ERR_INPUT, "the template alone has %lld token%s, --max-len is %lld",
                       (long long)c->x->n, mc_s(c->x->n), (long long)max_len);
    int64_t half = (max_len - c->x->n) / 2;
    int longer = own[0] > own[1] ? 0 : 1, other = 1 - longer;
    c->keep[other] = full[other];
    if (own[other] > half) MC_TRY(shorten(&(struct trial){c, other, true, half}, e));
    MC_TRY(encode_filled(c, e));
    if (c->x->n > max_len) return shorten(&(struct trial){c, other, false, max_len}, e);
    c->keep[longer] = full[longer];
    MC_TRY(encode_filled(c, e));
    if (c->x->n <= max_len) return 0;
    return shorten(&(struct trial){c, longer, false, max_len}, e);
}

int mc_template_encode(struct mc_template *p, const struct mc_tokenizer *t,
                       const char *const text[], const size_t len[], int64_t max_len,
                       struct mc_encoding *x, struct mc_error *e) {
    struct cut c = {.p = p, .t = t, .x = x, .text = {"", ""}};
    for (int i = 0; i < p->n; i++) {
        int k = p->part[i].text;
        if (k < 0) continue;
        c.text[k] = text[k];
        c.len[k] = c.keep[k] = len[k];
    }
    MC_TRY(encode_filled(&c, e));
    int64_t n_full = x->n;
    if (max_len > 0 && x->n > max_len) {
        MC_TRY(cut_texts(&c, max_len, e));
        MC_TRY(encode_filled(&c, e));
    }
    x->n_full = n_full;
    return 0;
}

// --- targets

int mc_template_answer(struct mc_template *p, const struct mc_tokenizer *t, const char *label,
                       int64_t max_target, struct mc_encoding *x, struct mc_error *e) {
    size_t n = strlen(label);
    MC_TRY(mc_template_encode(p, t, &label, &n, 0, x, e));
    if (x->n == 0) return mc_fail(e, MC_ERR_INPUT, "a target without a token");
    if (max_target == 0 || x->n <= max_target) return 0;
    return mc_fail(e, MC_ERR_INPUT, "a target of %lld token%s, --max-target is %lld",
                   (long long)x->n, mc_s(x->n), (long long)max_target);
}

struct target {
    const int32_t *ids;
    int64_t n;
    int label;
};

static int same_ids(const void *a, const void *b) {
    const struct target *x = a, *y = b;
    if (x->n != y->n) return x->n < y->n ? -1 : 1;
    return memcmp(x->ids, y->ids, (size_t)x->n * sizeof *x->ids);
}

static int by_ids(const void *a, const void *b) {
    int d = same_ids(a, b);
    return d ? d : ((const struct target *)a)->label - ((const struct target *)b)->label;
}

static int check_distinct(const struct mc_tokens *s, struct mc_error *e) {
    struct target *v = mc_new((size_t)s->n_labels, sizeof *v, e);
    if (!v) return MC_ERR_MEM;
    for (int i = 0; i < s->n_labels; i++) {
        const int64_t *o = s->label_target_offset + i;
        v[i] = (struct target){s->label_target_ids + o[0], o[1] - o[0], i};
    }
    qsort(v, (size_t)s->n_labels, sizeof *v, by_ids);
    int rc = 0;
    for (int i = 1; i < s->n_labels && rc == 0; i++)
        if (same_ids(&v[i - 1], &v[i]) == 0)
            rc = mc_fail(e, MC_ERR_INPUT, "labels '%s' and '%s' have the same target",
                         s->label_names[v[i - 1].label], s->label_names[v[i].label]);
    free(v);
    return rc;
}

static int label_target(struct mc_template *p, const struct mc_tokenizer *t, int64_t max_target,
                        struct mc_tokens *s, int i, struct mc_encoding *x, struct mc_error *e) {
    if (mc_template_answer(p, t, s->label_names[i], max_target, x, e) < 0)
        return mc_fail_in(e, "label '%s'", s->label_names[i]);
    int64_t at = s->label_target_offset[i];
    int32_t *ids = mc_resize(s->label_target_ids, (size_t)(at + x->n), sizeof *ids, e);
    if (!ids) return MC_ERR_MEM;
    s->label_target_ids = ids;
    memcpy(ids + at, x->ids, (size_t)x->n * sizeof *ids);
    s->label_target_offset[i + 1] = at + x->n;
    if (x->n > s->max_target) s->max_target = (int)x->n;
    return 0;
}

int mc_template_finish(struct mc_template *p, const struct mc_tokenizer *t, int64_t max_target,
                       struct mc_tokens *s, struct mc_error *e) {
    struct mc_buf pieces = {0};
    int rc = mc_tokenizer_pieces(t, &pieces, e);
    s->pieces = pieces.p; // the set's now
    s->pieces_bytes = (int64_t)pieces.n;
    s->n_pieces = mc_tokenizer_size(t);
    MC_TRY(rc);
    if (!(s->decoder = mc_strdup(mc_tokenizer_decoder(t), e))) return MC_ERR_MEM;
    if (!s->labels) return 0;
    s->label_target_offset = mc_new((size_t)s->n_labels + 1, sizeof *s->label_target_offset, e);
    if (!s->label_target_offset) return MC_ERR_MEM;
    struct mc_encoding x = {0};
    for (int i = 0; i < s->n_labels && rc == 0; i++)
        rc = label_target(p, t, max_target, s, i, &x, e);
    mc_encoding_release(&x);
    return rc < 0 ? rc : check_distinct(s, e);
}
