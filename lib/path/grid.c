// The grid of a path: at which spots its points are.
#include <limits.h>
#include <math.h>
#include <stdlib.h>

#include "mc/path.h"
#include "mc/split.h"

static double snap(double t) { return fabs(t) <= 1e-12 ? 0 : fabs(t - 1) <= 1e-12 ? 1 : t; }

struct mc_spot mc_spot_at(double t) {
    return (struct mc_spot){t, NAN, NAN};
}
struct mc_spot mc_spot_on(double x, double y) {
    return (struct mc_spot){NAN, x, y};
}

static double place(const struct mc_range *r, int i) {
    return snap(r->from + (r->to - r->from) * i / (r->n - 1));
}

int mc_grid_even(struct mc_grid *g, int axes, const struct mc_range *r, struct mc_error *e) {
    *g = (struct mc_grid){0};
    if (r->from == r->to) return mc_fail(e, MC_ERR_USAGE, "--from and --to are the same point");
    if (axes == 2 && r->n > INT_MAX / r->n)
        return mc_fail(e, MC_ERR_USAGE, "-n: %d points on each of two axes are too many", r->n);
    int rows = axes == 2 ? r->n : 1;
    g->n = rows * r->n;
    g->at = mc_new((size_t)g->n, sizeof *g->at, e);
    if (!g->at) return MC_ERR_MEM;
    for (int i = 0; i < g->n; i++) {
        double x = place(r, i % r->n);
        g->at[i] = axes == 2 ? mc_spot_on(x, place(r, i / r->n)) : mc_spot_at(x);
    }
    return 0;
}

static int set_spots(struct mc_grid *g, double *t, struct mc_error *e) {
    const double *twice;
    for (int i = 0; i < g->n; i++) t[i] = snap(t[i]);
    MC_TRY(mc_real_twice(t, g->n, &twice, e));
    if (twice) return mc_fail(e, MC_ERR_USAGE, "--at: t = %.9g is given twice", *twice);
    g->at = mc_new((size_t)g->n, sizeof *g->at, e);
    if (!g->at) return MC_ERR_MEM;
    for (int i = 0; i < g->n; i++) g->at[i] = mc_spot_at(t[i]);
    return 0;
}

int mc_grid_list(struct mc_grid *g, const char *at, struct mc_error *e) {
    double *t;
    *g = (struct mc_grid){0};
    MC_TRY(mc_split_reals(at, "--at", &t, &g->n, e));
    int rc = set_spots(g, t, e);
    free(t);
    return rc;
}

void mc_grid_release(struct mc_grid *g) {
    free(g->at);
    *g = (struct mc_grid){0};
}
