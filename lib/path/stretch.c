// What a path is like from end to end: its length, the mean of L over it, and how far L stays low.
#include <math.h>

#include "mc/barrier.h"

// Trapezoidal sum of L over x.
static double area(const double *x, const double *loss, int n) {
    double sum = 0;
    for (int j = 1; j < n; j++) sum += (x[j] - x[j - 1]) * .5 * (loss[j] + loss[j - 1]);
    return sum;
}

struct mc_path_means mc_path_means_of(const struct mc_path_table *p) {
    struct mc_path_means m = {p->s[p->n_t - 1] - p->s[0], area(p->t, p->loss, p->n_t), NAN};
    if (m.length > 0) m.over_s = area(p->s, p->loss, p->n_t) / m.length;
    return m;
}

// Where L, linear between points j and k, rises over the bound, which it keeps at j.
static double crossing(const struct mc_path_table *p, int j, int k, double bound) {
    double share = (bound - p->loss[j]) / (p->loss[k] - p->loss[j]);
    return p->t[j] + share * (p->t[k] - p->t[j]);
}

void mc_path_reach(const struct mc_path_table *p, double width, double reach[2]) {
    int last = p->n_t - 1, j = 0, k = last;
    double bound_0 = p->loss[0] + width, bound_1 = p->loss[last] + width;
    while (j < last && p->loss[j + 1] <= bound_0) j++;
    while (k > 0 && p->loss[k - 1] <= bound_1) k--;
    reach[0] = j == last ? 1 : crossing(p, j, j + 1, bound_0);
    reach[1] = k == 0 ? 0 : crossing(p, k, k - 1, bound_1);
}
