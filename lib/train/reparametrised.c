// A new delta whose method trains other tensors in place of one that it stores.
#include <stdlib.h>

#include "mc/trainable.h"

static bool serves(const struct mc_trainable *t) {
    return t->new_delta && t->method->cls && t->method->cls->reparam;
}

static int open(struct mc_trainable *t, struct mc_error *e) {
    struct mc_reparam *r = t->own = mc_new(1, sizeof *r, e);
    if (!r) return MC_ERR_MEM;
    MC_TRY(mc_reparam_init(r, t->method, t->m, t->seed, e));
    t->table = &r->table;
    t->w = r->w;
    t->grad = r->grad;
    t->seen = mc_new_floats(t->m->table.size, e);
    return t->seen ? 0 : MC_ERR_MEM;
}

static void close(struct mc_trainable *t) {
    if (t->own) mc_reparam_release(t->own);
    free(t->own);
    mc_free_floats(t->seen);
}

static int forward(struct mc_trainable *t, struct mc_pool *pool, const struct mc_pass *at,
                   struct mc_error *e) {
    (void)pool;
    (void)at;
    return mc_reparam_forward(t->own, t->m, e);
}

static int whole(struct mc_trainable *t, struct mc_pool *pool, int look, struct mc_error *e) {
    (void)look;
    return forward(t, pool, NULL, e);
}

static int backward(struct mc_trainable *t, struct mc_pool *pool, const struct mc_pass *at,
                    struct mc_error *e) {
    (void)pool;
    (void)at;
    return mc_reparam_backward(t->own, t->m, t->seen, e);
}

// Only what is stored as it is trained moves by rows: of the tensor that is computed every row has
// a gradient.
static int by_rows(const struct mc_trainable *t, int i, int k) {
    const struct mc_reparam *r = t->own;
    int j = k == 0 ? mc_table_find(&r->table, t->m->table.p[i].name) : -1;
    return j >= r->n_parts ? j : -1;
}

const struct mc_trainable_class mc_trainable_reparam = {.name = "reparametrised",
                                                        .serves = serves,
                                                        .open = open,
                                                        .close = close,
                                                        .forward = forward,
                                                        .backward = backward,
                                                        .whole = whole,
                                                        .by_rows = by_rows};
