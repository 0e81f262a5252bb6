// Curves through parameter space: a point is a weighted sum of fixed models, the first and the last
// of which are its ends.
#ifndef MC_CURVE_H
#define MC_CURVE_H

#include <stddef.h>

// A shape of curve: a row of mc_curve_shapes.
struct mc_curve_shape {
    const char *name; // of mc.curve and --kind
    // weight[n] of the models at t in 0..1, n >= 2; they sum to 1. At t = 0 the first alone counts,
    // at 1 the last.
    void (*weigh)(int n, double t, double *weight);
};
// Bezier: Bernstein's polynomials of degree n - 1 (Garipov et al. 2018). Chain: straight segments,
// model i at t = i / (n - 1).
extern const struct mc_curve_shape mc_curve_bezier, mc_curve_chain;
extern const struct mc_curve_shape *const mc_curve_shapes[]; // NULL behind the last
// The row of that name, or NULL.
const struct mc_curve_shape *mc_curve_shape_find(const char *name);

// out[n] = the sum over k < n_models of weight[k] * v[k][i], in double, rounded once. v[k] with a
// weight of 0 is not read.
void mc_curve_sum(int n_models, const double *weight, const float *const *v, size_t n, float *out);

#endif
