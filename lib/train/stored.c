// What is stored is what is moved: all tensors of a model in full tuning, those of a delta.
#include "mc/trainable.h"

static bool serves(const struct mc_trainable *t) {
    (void)t;
    return true;
}

static int open(struct mc_trainable *t, struct mc_error *e) {
    t->table = &t->m->table;
    t->w = t->m->w;
    t->grad = t->seen = mc_new_floats(t->table->size, e);
    t->in_grad = true;
    return t->grad ? 0 : MC_ERR_MEM;
}

static void close(struct mc_trainable *t) { mc_free_floats(t->grad); }

static int by_rows(const struct mc_trainable *t, int i, int k) {
    (void)t;
    return k == 0 ? i : -1;
}

const struct mc_trainable_class mc_trainable_stored = {
    .name = "stored", .serves = serves, .open = open, .close = close, .by_rows = by_rows};
