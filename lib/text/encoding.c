// The memory of an encoding: its ids grow one by one, and are used again for the next text.
#include <stdlib.h>

#include "tok.h"

void mc_encoding_release(struct mc_encoding *x) {
    free(x->ids);
    free(x->types);
    free(x->part[0].ids);
    free(x->part[1].ids);
    free(x->cp);
    mc_buf_release(&x->norm);
    if (x->own_free) x->own_free(x->own);
    *x = (struct mc_encoding){0};
}

int tok_push_id(struct mc_encoding *x, int which, int32_t id, struct mc_error *e) {
    if (x->part[which].n == x->part[which].cap) {
        int64_t cap = x->part[which].cap ? 2 * x->part[which].cap : 256;
        int32_t *p = mc_resize(x->part[which].ids, (size_t)cap, sizeof *p, e);
        if (!p) return MC_ERR_MEM;
        x->part[which].ids = p;
        x->part[which].cap = cap;
    }
    x->part[which].ids[x->part[which].n++] = id;
    return 0;
}
