// What training moves, behind one interface: the class that serves a model, rows of embeddings from
// the model's tensors to the moved ones, the gradients of rows cleared when they have been used.
#include "mc/trainable.h"

#include <stdlib.h>
#include <string.h>

int mc_trainable_open(struct mc_trainable *t, struct mc_error *e) {
    int i = 0;
    while (!t->cls && mc_trainables[i + 1] && !mc_trainables[i]->serves(t)) i++;
    if (!t->cls) t->cls = mc_trainables[i];
    return t->cls->open(t, e);
}

void mc_trainable_close(struct mc_trainable *t) {
    if (t->cls) t->cls->close(t);
    free(t->touched);
    *t = (struct mc_trainable){0};
}

void mc_trainable_rows(const struct mc_trainable *t, const bool *read, bool *by_rows) {
    memset(by_rows, 0, (size_t)t->table->n * sizeof *by_rows);
    for (int i = 0; i < t->m->table.n; i++)
        for (int k = 0, j; read[i] && (j = t->cls->by_rows(t, i, k)) >= 0; k++) by_rows[j] = true;
}

int mc_trainable_touch(struct mc_trainable *t, int i, int64_t row, struct mc_error *e) {
    if (i < 0) return 0;
    for (int k = 0, j; (j = t->cls->by_rows(t, i, k)) >= 0; k++) mc_optim_touch(t->optim, j, row);
    if (t->seen == t->grad) return 0;
    if (t->n_touched == t->cap_touched) {
        size_t cap = t->cap_touched ? 2 * t->cap_touched : 256;
        struct mc_touched *p = mc_resize(t->touched, cap, sizeof *p, e);
        if (!p) return MC_ERR_MEM;
        t->touched = p;
        t->cap_touched = cap;
    }
    const struct mc_param *p = &t->m->table.p[i];
    size_t width = (size_t)p->dim[1];
    t->touched[t->n_touched++] = (struct mc_touched){p->at + (size_t)row * width, width};
    return 0;
}

int mc_trainable_forward(struct mc_trainable *t, struct mc_pool *pool, int64_t step,
                         struct mc_error *e) {
    mc_optim_ready(t->optim, pool, t->grad, t->w);
    return t->cls->forward ? t->cls->forward(t, step, e) : 0;
}

int mc_trainable_backward(struct mc_trainable *t, int64_t step, struct mc_error *e) {
    int rc = t->cls->backward ? t->cls->backward(t, step, e) : 0;
    for (size_t i = 0; i < t->n_touched; i++)
        memset(t->seen + t->touched[i].at, 0, t->touched[i].n * sizeof *t->seen);
    t->n_touched = 0;
    return rc;
}

int mc_trainable_catch_up(struct mc_trainable *t, struct mc_pool *pool, int64_t step,
                          struct mc_error *e) {
    mc_optim_catch_up(t->optim, pool, t->w);
    return t->cls->forward ? t->cls->forward(t, step, e) : 0;
}
