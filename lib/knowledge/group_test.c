// Two groups of examples compared: a permutation test of the difference of their means, and Cliff's
// delta.
#include <math.h>
#include <stdlib.h>

#include "mc/knowledge.h"
#include "mc/rng.h"

static const double TIE = 1e-12;

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// How many of v[n], sorted, are below x, or above it.
static int below(const double *v, int n, double x) {
    int low = 0, high = n;
    while (low < high) {
        int mid = low + (high - low) / 2;
        if (v[mid] < x - TIE)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static int above(const double *v, int n, double x) {
    int low = 0, high = n;
    while (low < high) {
        int mid = low + (high - low) / 2;
        if (v[mid] > x + TIE)
            high = mid;
        else
            low = mid + 1;
    }
    return n - low;
}

// y is sorted here.
static double cliffs_delta(const double *x, int n, double *y, int m) {
    int64_t more = 0;
    qsort(y, (size_t)m, sizeof *y, by_value);
    for (int i = 0; i < n; i++) more += above(y, m, x[i]) - below(y, m, x[i]);
    return (double)more / ((double)n * (double)m);
}

static double sum_of(const double *v, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++) sum += v[i];
    return sum;
}

// The difference where the smaller group, of k, has this sum.
struct means {
    double total;
    int n, m;
};
static double difference(const struct means *g, double sum_x) {
    return (g->total - sum_x) / g->m - sum_x / g->n;
}

// v[n + m]: all values, those of x first.
static double p_value(double *v, int n, int m, const struct mc_permutations *p) {
    const struct means g = {sum_of(v, n) + sum_of(v + n, m), n, m};
    const double seen = difference(&g, sum_of(v, n));
    const int all = n + m, k = n < m ? n : m;
    struct mc_rng r;
    int64_t as_large = 0;
    mc_rng_init(&r, p->seed, MC_RNG_PERMUTE, p->stream);
    for (int64_t b = 0; b < p->n; b++) {
        double sum = 0; // of the smaller group
        for (int i = 0; i < k; i++) {
            int j = i + (int)mc_rng_below(&r, (uint64_t)(all - i));
            double x = v[j];
            v[j] = v[i];
            v[i] = x;
            sum += x;
        }
        as_large += difference(&g, k == n ? sum : g.total - sum) >= seen - TIE;
    }
    return (1 + (double)as_large) / (1 + (double)p->n);
}

int mc_group_test(const double *x, int n, const double *y, int m, const struct mc_permutations *p,
                  struct mc_group_test *out, struct mc_error *e) {
    *out = (struct mc_group_test){.mean_x = n ? sum_of(x, n) / n : (double)NAN,
                                  .mean_y = m ? sum_of(y, m) / m : (double)NAN,
                                  .p_value = NAN,
                                  .cliffs_delta = NAN};
    if (n == 0 || m == 0) return 0;
    double *v = mc_new((size_t)n + (size_t)m, sizeof *v, e);
    if (!v) return MC_ERR_MEM;
    for (int i = 0; i < n; i++) v[i] = x[i];
    for (int i = 0; i < m; i++) v[n + i] = y[i];
    out->cliffs_delta = cliffs_delta(x, n, v + n, m);
    out->p_value = p_value(v, n, m, p);
    free(v);
    return 0;
}
