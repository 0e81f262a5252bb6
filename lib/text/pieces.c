// A vocabulary's pieces, for those who turn ids into text.
#include <stdlib.h>
#include <string.h>

#include "tok.h"

int mc_tokenizer_pieces(const struct mc_tokenizer *t, struct mc_buf *out, struct mc_error *e) {
    const struct tok_vocab *v = t->kind->vocab(t->model);
    const struct tok_piece **by_id = mc_new((size_t)t->size, sizeof *by_id, e);
    if (!by_id) return MC_ERR_MEM;
    for (int32_t i = 0; i < v->n; i++) by_id[v->piece[i].id] = &v->piece[i];
    for (int i = 0; i < t->added.n; i++) by_id[t->added.v[i].id] = NULL;
    int rc = 0;
    for (int32_t id = 0; id < t->size && rc == 0; id++) {
        if (by_id[id]) rc = mc_buf_add(out, v->store.p + by_id[id]->at, by_id[id]->n, e);
        if (rc == 0) rc = mc_buf_add(out, "", 1, e);
    }
    free(by_id);
    return rc;
}

const char *mc_tokenizer_decoder(const struct mc_tokenizer *t) {
    return t->kind == &tok_bpe ? "byte-level" : NULL;
}
