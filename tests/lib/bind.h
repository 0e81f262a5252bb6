// Weights and gradients that lie as blocks over a table, bound to a run; a failure ends the test.
#ifndef MC_TEST_BIND_H
#define MC_TEST_BIND_H

#include <stdlib.h>

#include "mc/run.h"

static inline void bind_blocks(struct mc_run *r, const struct mc_table *t, const float *w,
                               float *g) {
    float **at = calloc(2 * (size_t)t->n + 1, sizeof *at), **grad = at + t->n;
    assert_non_null(at);
    for (int i = 0; i < t->n; i++) {
        at[i] = (float *)(uintptr_t)w + t->p[i].at;
        if (g) grad[i] = g + t->p[i].at;
    }
    mc_run_bind(r, at, g ? grad : NULL);
    free(at);
}

#endif
