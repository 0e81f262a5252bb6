// The weights of curves, and the sum that is a point of one.
#include "mc/curve.h"

#include <math.h>
#include <string.h>

// By de Casteljau's scheme on the weights: every step is a mean, so nothing cancels.
static void bezier(int n, double t, double *weight) {
    weight[0] = 1;
    for (int degree = 1; degree < n; degree++) {
        weight[degree] = t * weight[degree - 1];
        for (int i = degree - 1; i > 0; i--) weight[i] = (1 - t) * weight[i] + t * weight[i - 1];
        weight[0] *= 1 - t;
    }
}

// t within 1e-12 of a vertex is there: i / (n - 1) times n - 1 need not be i.
static void chain(int n, double t, double *weight) {
    double at = t * (n - 1), vertex = round(at);
    if (fabs(at - vertex) <= 1e-12 * (n - 1)) at = vertex;
    int i = (int)at;
    if (i > n - 2) i = n - 2;
    memset(weight, 0, (size_t)n * sizeof *weight);
    weight[i] = 1 - (at - i);
    weight[i + 1] = at - i;
}

const struct mc_curve_shape mc_curve_bezier = {"bezier", bezier};
const struct mc_curve_shape mc_curve_chain = {"chain", chain};
const struct mc_curve_shape *const mc_curve_shapes[] = {&mc_curve_bezier, &mc_curve_chain, NULL};

const struct mc_curve_shape *mc_curve_shape_find(const char *name) {
    for (int i = 0; mc_curve_shapes[i]; i++)
        if (strcmp(mc_curve_shapes[i]->name, name) == 0) return mc_curve_shapes[i];
    return NULL;
}

// One to three models at once, element by element; n is known where it is called.
static inline void sum_few(int n, const double *weight, const float *const *v, size_t n_floats,
                           float *out) {
    const double a = weight[0], b = n > 1 ? weight[1] : 0, c = n > 2 ? weight[2] : 0;
    const float *x = v[0], *y = n > 1 ? v[1] : NULL, *z = n > 2 ? v[2] : NULL;
#pragma omp simd
    for (size_t i = 0; i < n_floats; i++) {
        double sum = 0 + a * (double)x[i];
        if (n > 1) sum += b * (double)y[i];
        if (n > 2) sum += c * (double)z[i];
        out[i] = (float)sum;
    }
}

// A run of floats at a time, so that the sums stay in the cache.
enum { RUN = 512 };

static void sum_many(int n_models, const double *weight, const float *const *v, size_t n,
                     float *out) {
    double sum[RUN];
    for (size_t from = 0; from < n; from += RUN) {
        size_t m = n - from < RUN ? n - from : RUN;
        memset(sum, 0, m * sizeof *sum);
        for (int k = 0; k < n_models; k++) {
            const double w = weight[k];
            if (w == 0) continue;
            const float *x = v[k] + from;
#pragma omp simd
            for (size_t i = 0; i < m; i++) sum[i] += w * (double)x[i];
        }
        for (size_t i = 0; i < m; i++) out[from + i] = (float)sum[i];
    }
}

void mc_curve_sum(int n_models, const double *weight, const float *const *v, size_t n, float *out) {
    enum { FEW = 3 };
    double w[FEW];
    const float *x[FEW];
    int few = 0; // models that count
    for (int k = 0; k < n_models; k++) {
        if (weight[k] == 0) continue;
        if (few < FEW) {
            w[few] = weight[k];
            x[few] = v[k];
        }
        few++;
    }
    switch (few) {
    case 1: sum_few(1, w, x, n, out); break;
    case 2: sum_few(2, w, x, n, out); break;
    case 3: sum_few(3, w, x, n, out); break;
    default: sum_many(n_models, weight, v, n, out); break;
    }
}
