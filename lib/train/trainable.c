// What training moves, behind one interface: the class that serves a model, rows of embeddings from
// the model's tensors to the moved ones, the gradients of rows cleared when they have been used.
#include "mc/trainable.h"

#include <stdlib.h>
#include <string.h>

int mc_trainable_open(struct mc_trainable *t, struct mc_error *e) {
    int i = 0;
    while (!t->cls && mc_trainables[i + 1] && !mc_trainables[i]->serves(t)) i++;
    if (!t->cls) t->cls = mc_trainables[i];
    t->looks = 1;
    t->share = 1;
    return t->cls->open(t, e);
}

void mc_trainable_close(struct mc_trainable *t) {
    if (t->cls) t->cls->close(t);
    free(t->touched);
    free(t->rows);
    *t = (struct mc_trainable){0};
}

int mc_trainable_rows(struct mc_trainable *t, const bool *read, bool *by_rows, struct mc_error *e) {
    t->rows = mc_new((size_t)t->m->table.n, sizeof *t->rows, e);
    if (!t->rows) return MC_ERR_MEM;
    memcpy(t->rows, read, (size_t)t->m->table.n * sizeof *read);
    memset(by_rows, 0, (size_t)t->table->n * sizeof *by_rows);
    for (int i = 0; i < t->m->table.n; i++)
        for (int k = 0, j; read[i] && (j = t->cls->by_rows(t, i, k)) >= 0; k++) by_rows[j] = true;
    return 0;
}

int mc_trainable_touch(struct mc_trainable *t, int i, int64_t row, struct mc_error *e) {
    if (i < 0) return 0;
    for (int k = 0, j; (j = t->cls->by_rows(t, i, k)) >= 0; k++) mc_optim_touch(t->optim, j, row);
    if (!t->cls->forward || !t->rows[i]) return 0;
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

static int by_place(const void *a, const void *b) {
    size_t x = ((const struct mc_touched *)a)->at, y = ((const struct mc_touched *)b)->at;
    return (x > y) - (x < y);
}

void mc_trainable_ready(struct mc_trainable *t, struct mc_pool *pool) {
    mc_optim_ready(t->optim, pool, t->grad, t->w);
    if (!t->n_touched) return;
    struct mc_touched *p = t->touched;
    qsort(p, t->n_touched, sizeof *p, by_place);
    size_t n = 1;
    for (size_t i = 1; i < t->n_touched; i++)
        if (p[i].at != p[n - 1].at) p[n++] = p[i];
    t->n_touched = n;
}

int mc_trainable_forward(struct mc_trainable *t, struct mc_pool *pool, const struct mc_pass *at,
                         struct mc_error *e) {
    return t->cls->forward ? t->cls->forward(t, pool, at, e) : 0;
}

int mc_trainable_backward(struct mc_trainable *t, struct mc_pool *pool, const struct mc_pass *at,
                          struct mc_error *e) {
    int rc = t->cls->backward ? t->cls->backward(t, pool, at, e) : 0;
    for (size_t i = 0; !t->in_grad && i < t->n_touched; i++)
        memset(t->seen + t->touched[i].at, 0, t->touched[i].n * sizeof *t->seen);
    if (at->number == at->n - 1) t->n_touched = 0;
    return rc;
}

int mc_trainable_catch_up(struct mc_trainable *t, struct mc_pool *pool, int look,
                          struct mc_error *e) {
    mc_optim_catch_up(t->optim, pool, t->w);
    return t->cls->whole ? t->cls->whole(t, pool, look, e) : 0;
}
