// The plane through three models A, B, C (Garipov et al. 2018):
//   point(x, y) = A + x u + y v,  u = B - A,  v = C - A - x_C u,  x_C = <C - A, u> / <u, u>,
// products over all tensors that move, so that u and v are at right angles; and where other models
// stand over it.
#include <math.h>
#include <stdlib.h>

#include "mc/path.h"

enum { A, B, C, N };
struct plane {
    double x_c, uu, vv; // squared lengths of u and v
};

static int axes(const struct mc_path_options *o) {
    (void)o;
    return 2;
}

// <m_j - A, m_k - A>
static double product(const struct mc_path *p, int j, int k) {
    double jk = j == k ? 0 : mc_path_squared_all(p, j < k ? j : k, j < k ? k : j);
    return (mc_path_squared_all(p, A, j) + mc_path_squared_all(p, A, k) - jk) / 2;
}

// The distances of the three from each other, and of every other model from them.
static int measure(struct mc_path *p, struct mc_error *e) {
    int n = p->frame.n;
    bool *need = mc_new((size_t)n * (size_t)n, sizeof *need, e);
    if (!need) return MC_ERR_MEM;
    for (int i = 0; i < N; i++)
        for (int j = i; j < n; j++) need[i * n + j] = i < j || j < N;
    int rc = mc_path_measure(p, need, e);
    free(need);
    return rc;
}

// What float32 can tell of a distance from a line through models of this size.
static double rounding(const struct mc_path *p, double x_c) {
    double largest = 0;
    for (int k = 0; k < N; k++) largest = fmax(largest, mc_path_squared_all(p, k, k));
    return 0x1p-22 * (1 + fabs(x_c)) * sqrt(largest);
}

static int open(struct mc_path *p, struct mc_error *e) {
    static const int three[] = {A, B, C};
    struct plane *x = p->own = mc_new(1, sizeof *x, e);
    if (!x) return MC_ERR_MEM;
    MC_TRY(measure(p, e));
    x->uu = mc_path_squared_all(p, A, B);
    if (!(x->uu > 0))
        return mc_fail(e, MC_ERR_INPUT,
                       "models 0 and 1 are the same: no plane is laid through them");
    x->x_c = product(p, C, B) / x->uu;
    x->vv = mc_path_squared_all(p, A, C) - x->x_c * x->x_c * x->uu;
    if (!(x->vv > 0) || sqrt(x->vv) <= rounding(p, x->x_c))
        return mc_fail(e, MC_ERR_INPUT,
                       "the three models lie on a line: no plane is laid through them (model 2 "
                       "stands at t = %.9g of the line from 0 to 1)",
                       x->x_c);
    return p->inputs ? mc_path_inputs_load(p->inputs, three, N, e) : 0;
}

static void close(struct mc_path *p) { free(p->own); }

// Exact at A (0, 0), B (1, 0) and C (x_C, 1).
static void weigh(const struct mc_path *p, int tensor, const struct mc_spot *at, double *weight) {
    double x_c = ((const struct plane *)p->own)->x_c;
    (void)tensor;
    weight[A] = (1 - at->x) - at->y * (1 - x_c);
    weight[B] = at->x - at->y * x_c;
    weight[C] = at->y;
}

const struct mc_path_kind mc_path_plane = {.name = "plane",
                                           .space = "factor",
                                           .least_ends = N,
                                           .most_ends = N,
                                           .in_memory = N,
                                           .last = B,
                                           .range = {15, -.2, 1.2},
                                           .axes = axes,
                                           .open = open,
                                           .weigh = weigh,
                                           .close = close};

static void project(const struct mc_path *p, struct mc_projection *v) {
    const struct plane *x = p->own;
    double on_u = product(p, B, v->model), on_c = product(p, C, v->model);
    v->x = on_u / x->uu;
    v->y = (on_c - x->x_c * on_u) / x->vv;
    double off = mc_path_squared_all(p, A, v->model) - v->x * v->x * x->uu - v->y * v->y * x->vv;
    v->distance = off > 0 ? sqrt(off) : 0;
}

void mc_path_project(const struct mc_path *p, struct mc_projection *v) {
    const struct plane *x = p->own;
    for (int k = 0; k < p->frame.n; k++) {
        v[k] = (struct mc_projection){.model = k, .unit_x = sqrt(x->uu), .unit_y = sqrt(x->vv)};
        if (k >= N) project(p, &v[k]);
    }
    v[B].x = 1; // the three are on it
    v[C].x = x->x_c;
    v[C].y = 1;
}
