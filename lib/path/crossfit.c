// The cross-fitted height: the t of the maximum is chosen on one half of the examples and used on
// the other.
#include <math.h>

#include "mc/barrier.h"

// Which half an example belongs to, by its number: Fibonacci hashing (Knuth, volume 3, 6.4), so
// that neighbours, which files often order, are spread.
static int half_of(int64_t example) {
    return (int)((UINT32_C(2654435769) * (uint32_t)example) >> 31);
}

// Exactly 0 at both ends.
static double deviation(const struct mc_path_table *p, int j, int64_t i) {
    double l0 = p->each[i], l1 = p->each[(p->n_t - 1) * p->n + i];
    if (j == p->n_t - 1) return 0;
    return (p->each[j * p->n + i] - l0) - p->t[j] * (l1 - l0);
}

// The first point at which the mean of a half is greatest; -1: the half is empty.
static int highest(const struct mc_path_table *p, int half) {
    int best = -1;
    double most = 0;
    for (int j = 0; j < p->n_t; j++) {
        double sum = 0;
        int64_t n = 0;
        for (int64_t i = 0; i < p->n; i++)
            if (half_of(p->example[i]) == half) {
                sum += deviation(p, j, i);
                n++;
            }
        if (n == 0) return -1;
        if (best >= 0 && !(sum / (double)n > most)) continue;
        best = j;
        most = sum / (double)n;
    }
    return best;
}

double mc_crossfit(const struct mc_path_table *p, double *height) {
    const int at[2] = {highest(p, 1), highest(p, 0)}; // where each half is measured
    double sum[2] = {0, 0};
    int64_t n[2] = {0, 0};
    for (int64_t i = 0; i < p->n; i++) {
        int half = half_of(p->example[i]);
        height[i] = at[half] < 0 ? (double)NAN : deviation(p, at[half], i);
        sum[half] += height[i];
        n[half]++;
    }
    return at[0] < 0 || at[1] < 0 ? (double)NAN
                                  : .5 * (sum[0] / (double)n[0] + sum[1] / (double)n[1]);
}
