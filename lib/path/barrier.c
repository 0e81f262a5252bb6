// Heights of a barrier, by every definition of docs/barrier.md, and the verdict.
#include "mc/barrier.h"

#include <math.h>
#include <stdlib.h>

// Height of point j over the chord from i to k; exactly 0 at j = i, at j = k, and where all three
// are equal.
static double over_chord(const double *t, const double *l, int i, int j, int k) {
    double w = (t[j] - t[i]) / (t[k] - t[i]);
    return (l[j] - l[i]) - w * (l[k] - l[i]);
}

static double mid_height(const double *t, const double *l, int n) {
    int k = 1;
    while (t[k] < .5) k++; // t[n-1] = 1 ends it
    double half = l[k];
    if (t[k] > .5) half = l[k - 1] + (.5 - t[k - 1]) / (t[k] - t[k - 1]) * (l[k] - l[k - 1]);
    return half - .5 * (l[0] + l[n - 1]);
}

// The lowest chord over t[j] with one end on each side is an edge of the lower convex hull of all
// points, so the largest lin of any sub-interval is the largest distance of a point from that hull.
static int convexity_gap(const double *t, const double *l, int n, double *gap, struct mc_error *e) {
    int *hull = mc_new((size_t)n, sizeof *hull, e);
    if (!hull) return MC_ERR_MEM;
    int m = 0;
    for (int k = 0; k < n; k++) {
        while (m >= 2 && over_chord(t, l, hull[m - 2], hull[m - 1], k) >= 0) m--;
        hull[m++] = k;
    }
    *gap = 0;
    for (int h = 0; h + 1 < m; h++)
        for (int j = hull[h] + 1; j < hull[h + 1]; j++)
            *gap = fmax(*gap, over_chord(t, l, hull[h], j, hull[h + 1]));
    free(hull);
    return 0;
}

int mc_barrier_compute(struct mc_barrier *b, const double *t, const double *loss, int n,
                       struct mc_error *e) {
    double l0 = loss[0], l1 = loss[n - 1];
    *b = (struct mc_barrier){.loss_0 = l0, .loss_1 = l1, .loss_max = l0};
    for (int j = 0; j < n; j++) {
        if (loss[j] > b->loss_max) {
            b->loss_max = loss[j];
            b->t_max = t[j];
        }
        b->lin = fmax(b->lin, over_chord(t, loss, 0, j, n - 1));
    }
    b->mean = b->loss_max - .5 * (l0 + l1);
    b->max = b->loss_max - fmax(l0, l1);
    b->mid = mid_height(t, loss, n);
    MC_TRY(convexity_gap(t, loss, n, &b->convexity_gap, e));
    // a sum or difference of finite values may overflow
    if (isfinite(b->lin) && isfinite(b->mean) && isfinite(b->max) && isfinite(b->mid) &&
        isfinite(b->convexity_gap))
        return 0;
    return mc_fail(e, MC_ERR_NUM, "a barrier height is not finite: the values are too large");
}

const char *mc_verdict(const struct mc_band *band, double epsilon, int64_t n, int n_t,
                       bool counted) {
    if (n < MC_VERDICT_MIN_N || n_t < 3 || !isfinite(band->low)) return "undecided";
    bool seen = !counted || pow(1 - epsilon, (double)n) <= 1 - band->confidence;
    if (band->high < epsilon && seen) return "connected";
    return band->low > epsilon ? "barrier" : "undecided";
}
