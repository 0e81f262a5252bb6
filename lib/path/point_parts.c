// The parts of a point's block, and threads over them.
#include "point_parts.h"

#include <stdlib.h>

enum { PART = 1 << 15, ROWS_A_TASK = 32 };

int mc_parts_init(struct mc_parts *p, const struct mc_trainable *t, struct mc_error *e) {
    const struct mc_table *table = &t->m->table;
    int most = 0;
    for (int i = 0; i < table->n; i++) most += (int)(table->p[i].n / PART) + 1;
    p->v = mc_new((size_t)most, sizeof *p->v, e);
    if (!p->v) return MC_ERR_MEM;
    p->n = 0;
    for (int rows = 0; rows < 2; rows++) {
        for (int i = 0; i < table->n; i++) {
            const struct mc_param *q = &table->p[i];
            for (size_t from = 0; t->rows[i] == rows && from < q->n; from += PART) {
                size_t n = q->n - from < PART ? q->n - from : PART;
                p->v[p->n++] = (struct mc_part){q->at + from, n, i};
            }
        }
        if (!rows) p->n_dense = p->n;
    }
    return 0;
}

void mc_parts_release(struct mc_parts *p) { free(p->v); }

size_t mc_parts_of_pass(const struct mc_parts *p, const struct mc_trainable *t) {
    return (size_t)p->n_dense + t->n_touched;
}

// The tensor that a place of the block is in.
static int tensor_at(const struct mc_table *t, size_t at) {
    int low = 0, high = t->n - 1;
    while (low < high) {
        int mid = (low + high + 1) / 2;
        if (t->p[mid].at <= at)
            low = mid;
        else
            high = mid - 1;
    }
    return low;
}

int mc_parts_tensor(const struct mc_parts *p, const struct mc_trainable *t, size_t i) {
    size_t dense = (size_t)p->n_dense;
    return i < dense ? p->v[i].tensor : tensor_at(&t->m->table, t->touched[i - dense].at);
}

struct job {
    const struct mc_parts *p;
    const struct mc_trainable *t;
    int n_parts;
    mc_part_fn *fn;
    void *ctx;
};

static void task(void *ctx, int number, int thread) {
    (void)thread;
    const struct job *j = ctx;
    if (number < j->n_parts) {
        j->fn(j->ctx, &j->p->v[number], (size_t)number);
        return;
    }
    size_t from = (size_t)(number - j->n_parts) * ROWS_A_TASK, to = from + ROWS_A_TASK;
    for (size_t i = from; i < to && i < j->t->n_touched; i++) {
        const struct mc_touched *row = &j->t->touched[i];
        const struct mc_part part = {row->at, row->n, tensor_at(&j->t->m->table, row->at)};
        j->fn(j->ctx, &part, (size_t)j->n_parts + i);
    }
}

void mc_parts_run(const struct mc_parts *p, const struct mc_trainable *t, struct mc_pool *pool,
                  bool whole, mc_part_fn *fn, void *ctx) {
    struct job j = {p, t, whole ? p->n : p->n_dense, fn, ctx};
    size_t rows = whole ? 0 : (t->n_touched + ROWS_A_TASK - 1) / ROWS_A_TASK;
    mc_pool_run(pool, j.n_parts + (int)rows, task, &j);
}
