// Written answers against gold ones: both are folded to lists of tokens, which are the same or
// share some.
#include <stdlib.h>
#include <string.h>

#include "mc/eval.h"
#include "mc/unicode.h"

// The next code point of a text that ends with a NUL, UTF-8 or not; 0 at the end.
static uint32_t next(const char **s) {
    uint32_t c = 0;
    if (!**s) return 0;
    int k = mc_utf8_read(*s, strnlen(*s, 4), &c);
    *s += k ? k : 1;
    return k ? c : 0xfffd;
}

static bool ascii_punctuation(uint32_t c) {
    return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') ||
           (c >= '{' && c <= '~');
}

// White space as Python's str.split() has it, by which the reference scripts work: the control
// characters 1c to 1f are, too.
static bool space(uint32_t c) { return (mc_cp_class(c) & MC_CP_SPACE) || (c >= 0x1c && c <= 0x1f); }

static bool in_word(uint32_t c) { return mc_cp_class(c) & (MC_CP_LETTER | MC_CP_NUMBER); }

static int put(struct mc_buf *out, uint32_t c, struct mc_error *e) {
    char b[4];
    return mc_buf_add(out, b, (size_t)mc_utf8_write(c, b), e);
}

// Lower case, without punctuation.
static int fold(const char *s, struct mc_buf *out, struct mc_error *e) {
    for (uint32_t c; (c = next(&s));) {
        uint32_t low[MC_NFD_MAX];
        int n = mc_cp_lower(c, low);
        for (int i = 0; i < n; i++)
            if (!ascii_punctuation(low[i])) MC_TRY(put(out, low[i], e));
    }
    return mc_buf_add(out, "", 1, e); // the NUL
}

static bool article(const char *s, size_t n) {
    return (n == 1 && s[0] == 'a') || (n == 2 && memcmp(s, "an", 2) == 0) ||
           (n == 3 && memcmp(s, "the", 3) == 0);
}

// The tokens of a text, each ended by a NUL: what white space and articles part.
static int tokens_of(const char *text, struct mc_buf *out, int *n, struct mc_error *e) {
    struct mc_buf low = {0};
    int rc = fold(text, &low, e);
    bool open = false;
    *n = 0;
    for (const char *s = low.p; rc == 0 && *s;) {
        const char *from = s, *at = s;
        uint32_t c = next(&s);
        while (in_word(c)) { // a run of letters and numbers: may be an article
            at = s;
            if (!(c = next(&s))) break;
        }
        if (at > from) {
            s = at;
            bool drop = article(from, (size_t)(at - from));
            if (!drop) rc = mc_buf_add(out, from, (size_t)(at - from), e);
            if (!drop) {
                *n += !open;
                open = true;
                continue;
            }
        } else if (!space(c)) {
            rc = put(out, c, e);
            *n += !open;
            open = true;
            continue;
        }
        if (open && rc == 0) rc = mc_buf_add(out, "", 1, e);
        open = false;
    }
    if (open && rc == 0) rc = mc_buf_add(out, "", 1, e);
    mc_buf_release(&low);
    return rc;
}

static int by_text(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

// Tokens that two texts have in common, as often as both have them.
static int common(const struct mc_buf *a, int n_a, const struct mc_buf *b, int n_b, int *out,
                  struct mc_error *e) {
    const char **v = mc_new((size_t)n_a + (size_t)n_b, sizeof *v, e), *s = a->p;
    if (!v) return MC_ERR_MEM;
    for (int i = 0; i < n_a; i++, s += strlen(s) + 1) v[i] = s;
    s = b->p;
    for (int i = 0; i < n_b; i++, s += strlen(s) + 1) v[n_a + i] = s;
    qsort(v, (size_t)n_a, sizeof *v, by_text);
    qsort(v + n_a, (size_t)n_b, sizeof *v, by_text);
    *out = 0;
    for (int i = 0, j = 0; i < n_a && j < n_b;) {
        int d = strcmp(v[i], v[n_a + j]);
        *out += d == 0;
        i += d <= 0;
        j += d >= 0;
    }
    free(v);
    return 0;
}

int mc_answer_scores(const char *text, const char *answers, const char *end, double *exact_match,
                     double *token_f1, struct mc_error *e) {
    struct mc_buf mine = {0}, gold = {0};
    int n_mine, n_gold, both, rc = tokens_of(text, &mine, &n_mine, e);
    *exact_match = *token_f1 = 0;
    for (const char *a = answers; rc == 0 && a < end; a += strlen(a) + 1) {
        gold.n = 0;
        MC_TRY_DONE(tokens_of(a, &gold, &n_gold, e));
        bool same = mine.n == gold.n && (mine.n == 0 || memcmp(mine.p, gold.p, mine.n) == 0);
        MC_TRY_DONE(common(&mine, n_mine, &gold, n_gold, &both, e));
        double f1 = n_mine + n_gold ? 2. * both / (n_mine + n_gold) : 1;
        if (same) *exact_match = 1;
        if (f1 > *token_f1) *token_f1 = f1;
    }
done:
    mc_buf_release(&mine);
    mc_buf_release(&gold);
    return rc;
}
