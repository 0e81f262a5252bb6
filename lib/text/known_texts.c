// Texts by their letters and digits.
#include "mc/known_texts.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "mc/unicode.h"

static const char *text_of(const void *of, int i) {
    return ((const struct mc_known_texts *)of)->text[i];
}

// Appends the letters and digits of a text, accents off and in lower case.
static int add_letters(struct mc_buf *to, const char *s, size_t n, struct mc_error *e) {
    for (size_t at = 0; at < n;) {
        uint32_t c, part[MC_NFD_MAX], low[MC_NFD_MAX];
        at += (size_t)mc_utf8_read(s + at, n - at, &c); // rows are UTF-8
        int parts = mc_cp_nfd(c, part);
        for (int i = 0; i < parts; i++) {
            if (!(mc_cp_class(part[i]) & (MC_CP_LETTER | MC_CP_NUMBER))) continue;
            int lows = mc_cp_lower(part[i], low);
            for (int k = 0; k < lows; k++) {
                char out[4];
                MC_TRY(mc_buf_add(to, out, (size_t)mc_utf8_write(low[k], out), e));
            }
        }
    }
    return 0;
}

// The key of a row, in k->scratch; empty where it has no letter.
static int make_key(struct mc_known_texts *k, const struct mc_row *row, struct mc_error *e) {
    size_t letters = 0;
    k->scratch.n = 0;
    for (int i = 0; i < row->n_texts; i++) {
        size_t before = k->scratch.n;
        MC_TRY(add_letters(&k->scratch, row->text[i], row->text_len[i], e));
        letters += k->scratch.n - before;
        if (i + 1 < row->n_texts) MC_TRY(mc_buf_add(&k->scratch, "\n", 1, e));
    }
    if (letters == 0) k->scratch.n = 0;
    return mc_buf_add(&k->scratch, "", 0, e);
}

int mc_known_texts_has(struct mc_known_texts *k, const struct mc_row *row, struct mc_error *e) {
    MC_TRY(make_key(k, row, e));
    return k->scratch.n && mc_names_find(&k->index, k, text_of, k->scratch.p) >= 0;
}

static int add(struct mc_known_texts *k, const struct mc_row *row, struct mc_error *e) {
    int known;
    MC_TRY(known = mc_known_texts_has(k, row, e));
    if (known || k->scratch.n == 0) return 0;
    if (k->n == INT_MAX / 2) return mc_fail(e, MC_ERR_INPUT, "too many texts");
    if (k->n == k->cap) {
        int cap = k->cap ? 2 * k->cap : 1024;
        char **all = mc_resize(k->text, (size_t)cap, sizeof *all, e);
        if (!all) return MC_ERR_MEM;
        k->text = all;
        k->cap = cap;
    }
    if (!(k->text[k->n] = mc_strdup(k->scratch.p, e))) return MC_ERR_MEM;
    k->n++;
    return mc_names_add(&k->index, k, text_of, e);
}

int mc_known_texts_read(struct mc_known_texts *k, const char *path,
                        const struct mc_labelled_options *o, struct mc_error *e) {
    struct mc_labelled *r;
    struct mc_row row;
    MC_TRY(mc_labelled_open(&r, path, o, e));
    int rc;
    while ((rc = mc_labelled_next(r, &row, e)) == 1 && (rc = add(k, &row, e)) == 0) {}
    mc_labelled_close(r);
    return rc;
}

void mc_known_texts_release(struct mc_known_texts *k) {
    for (int i = 0; i < k->n; i++) free(k->text[i]);
    free(k->text);
    mc_names_release(&k->index);
    mc_buf_release(&k->scratch);
    *k = (struct mc_known_texts){0};
}
