// The grid of a path: at which t its points are.
#include <math.h>
#include <stdlib.h>

#include "mc/path.h"
#include "mc/split.h"

static double snap(double t) { return fabs(t) <= 1e-12 ? 0 : fabs(t - 1) <= 1e-12 ? 1 : t; }

int mc_grid_even(struct mc_grid *g, int n, double from, double to, struct mc_error *e) {
    *g = (struct mc_grid){mc_new((size_t)n, sizeof *g->t, e), n};
    if (!g->t) return MC_ERR_MEM;
    for (int i = 0; i < n; i++) g->t[i] = snap(from + (to - from) * i / (n - 1));
    return 0;
}

int mc_grid_list(struct mc_grid *g, const char *at, struct mc_error *e) {
    *g = (struct mc_grid){0};
    MC_TRY(mc_split_reals(at, "--at", &g->t, &g->n, e));
    for (int i = 0; i < g->n; i++) g->t[i] = snap(g->t[i]);
    const double *twice;
    int rc = mc_real_twice(g->t, g->n, &twice, e);
    if (rc == 0 && twice) rc = mc_fail(e, MC_ERR_USAGE, "--at: t = %.9g is given twice", *twice);
    if (rc < 0) mc_grid_release(g);
    return rc;
}

void mc_grid_release(struct mc_grid *g) {
    free(g->t);
    *g = (struct mc_grid){0};
}
