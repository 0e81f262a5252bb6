// What an open tokenizer tells: its kind and digest, sizes, the ids of tokens, the texts of ids.
#include <stdlib.h>
#include <string.h>

#include "tok.h"

const char *mc_tokenizer_digest(const struct mc_tokenizer *t) { return t->digest; }
const char *mc_tokenizer_kind(const struct mc_tokenizer *t) { return t->kind->name; }
int32_t mc_tokenizer_size(const struct mc_tokenizer *t) { return t->size; }
int64_t mc_tokenizer_max_len(const struct mc_tokenizer *t) { return t->max_len; }
int mc_tokenizer_n_special(const struct mc_tokenizer *t, bool pair) {
    return (pair ? &t->pair : &t->single)->n_special;
}

int32_t mc_tokenizer_id(const struct mc_tokenizer *t, const char *token) {
    const struct tok_added *a = tok_added_find(&t->added, token);
    return a ? a->id : t->kind->id(t->model, token, strlen(token));
}

const char *mc_tokenizer_decoder(const struct mc_tokenizer *t) { return t->decoder; }

int mc_tokenizer_pieces(const struct mc_tokenizer *t, struct mc_buf *out, struct mc_error *e) {
    struct text {
        const char *s;
        size_t n;
    } *text = mc_new((size_t)t->size, sizeof *text, e);
    if (!text) return MC_ERR_MEM;
    const struct tok_vocab *v = t->kind->vocab(t->model);
    for (int32_t i = 0; i < v->n; i++)
        text[v->piece[i].id] = (struct text){v->text.p + v->piece[i].at, v->piece[i].n};
    for (int i = 0; i < t->added.n; i++) {
        const struct tok_added *a = &t->added.v[i];
        text[a->id] = (struct text){a->text, a->special ? 0 : a->n};
    }
    int rc = 0;
    for (int32_t i = 0; i < t->size && rc == 0; i++) {
        rc = mc_buf_add(out, text[i].s, text[i].n, e);
        if (rc == 0) rc = mc_buf_add(out, "", 1, e);
    }
    free(text);
    return rc;
}
