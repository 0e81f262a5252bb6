// Spherical interpolation (Shoemake 1985), every tensor for itself as one vector:
//   point = (sin((1 - t) w) a + sin(t w) b) / sin w,  w = acos(<a, b> / |a||b|);
// the line where the two are nearly parallel, or one of them is 0.
#include <math.h>
#include <stdlib.h>

#include "mc/path.h"

// w of every tensor, or 0: it moves on the line.
struct slerp {
    double angle[1];
};

static double angle(const struct mc_path *p, int tensor) {
    double aa = mc_path_squared(p, tensor, 0, 0), bb = mc_path_squared(p, tensor, 1, 1);
    if (!(aa > 0) || !(bb > 0)) return 0;
    double ab = (aa + bb - mc_path_squared(p, tensor, 0, 1)) / 2, c = ab / (sqrt(aa) * sqrt(bb));
    return fabs(c) > .9995 ? 0 : acos(c);
}

static int open(struct mc_path *p, struct mc_error *e) {
    static const bool need[] = {true, true, false, true};
    int n = p->shape->table.n;
    struct slerp *x = p->own = mc_new(1, sizeof *x + (size_t)n * sizeof *x->angle, e);
    if (!x) return MC_ERR_MEM;
    MC_TRY(mc_path_measure(p, need, e));
    for (int i = 0; i < n; i++)
        if (mc_path_moves(p, i)) x->angle[i] = angle(p, i);
    return 0;
}

static void close(struct mc_path *p) { free(p->own); }

static void weigh(const struct mc_path *p, int tensor, const struct mc_spot *at, double *weight) {
    double w = ((const struct slerp *)p->own)->angle[tensor], t = at->t;
    bool line = w == 0 || t == 0 || t == 1;
    weight[0] = line ? 1 - t : sin((1 - t) * w) / sin(w);
    weight[1] = line ? t : sin(t * w) / sin(w);
}

const struct mc_path_kind mc_path_slerp = {.name = "slerp",
                                           .space = "factor",
                                           .least_ends = 2,
                                           .most_ends = 2,
                                           .range = {26, 0, 1},
                                           .by_groups = true,
                                           .measured = true,
                                           .open = open,
                                           .weigh = weigh,
                                           .close = close};
