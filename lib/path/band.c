// The band: for every resample of the examples, the largest studentised departure of the mean of
// d(t) over all t at once; its quantile times the standard errors is a band that holds at every t
// together, whatever the dependence between them, and so holds for the t of the maximum.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mc/barrier.h"
#include "mc/rng.h"

enum { RESAMPLES_PER_TASK = 32 };

struct boot {
    const double
        *d; // [n, m] centred: d_i(t) - d(t) over s(t), so that a resample's mean is the statistic
    int64_t n;
    int m; // t's inside (0, 1) with s > 0
    int64_t resamples;
    uint64_t seed;
    double *stat;   // [resamples] M_b
    uint32_t *hits; // [threads, n]
    double *sum;    // [threads, m]
};

static int64_t rank_of(const struct mc_band *b) {
    // .95 * 2000 must be 1900, not the next whole number after a rounding error
    return (int64_t)ceil(b->confidence * (double)(b->resamples + 1) - 1e-9);
}

int mc_band_check(const struct mc_band *b, struct mc_error *e) {
    if (rank_of(b) <= b->resamples) return 0;
    return mc_fail(
        e, MC_ERR_USAGE,
        "%lld bootstrap resamples are too few for a confidence of %.9g: needs at least %.0f",
        (long long)b->resamples, b->confidence, ceil(b->confidence / (1 - b->confidence) - 1e-9));
}

static double largest_departure(const struct boot *b, int64_t resample, uint32_t *hits,
                                double *sum) {
    struct mc_rng r;
    mc_rng_init(&r, b->seed, MC_RNG_BOOT, (uint32_t)resample);
    memset(hits, 0, (size_t)b->n * sizeof *hits);
    for (int64_t i = 0; i < b->n; i++) hits[mc_rng_below(&r, (uint64_t)b->n)]++;
    memset(sum, 0, (size_t)b->m * sizeof *sum);
    for (int64_t i = 0; i < b->n; i++) {
        if (!hits[i]) continue;
        const double *d = b->d + i * b->m;
        double k = hits[i];
        for (int j = 0; j < b->m; j++) sum[j] += k * d[j];
    }
    double most = 0;
    for (int j = 0; j < b->m; j++) most = fmax(most, fabs(sum[j]));
    return most / (double)b->n;
}

static void resample_some(void *ctx, int task, int thread) {
    const struct boot *b = ctx;
    int64_t from = (int64_t)task * RESAMPLES_PER_TASK, to = from + RESAMPLES_PER_TASK;
    if (to > b->resamples) to = b->resamples;
    for (int64_t k = from; k < to; k++)
        b->stat[k] = largest_departure(b, k, b->hits + thread * b->n, b->sum + thread * b->m);
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// c: the rank-th smallest of the largest departures.
static int critical_value(struct boot *b, const struct mc_band *band, double *c,
                          struct mc_error *e) {
    int rc = 0, threads = band->pool ? mc_pool_threads(band->pool) : 1;
    b->stat = mc_new((size_t)b->resamples, sizeof *b->stat, e);
    b->hits = mc_new((size_t)threads * (size_t)b->n, sizeof *b->hits, e);
    b->sum = mc_new((size_t)threads * (size_t)b->m, sizeof *b->sum, e);
    if (!b->stat || !b->hits || !b->sum) {
        rc = MC_ERR_MEM;
        goto done;
    }
    int tasks = (int)((b->resamples + RESAMPLES_PER_TASK - 1) / RESAMPLES_PER_TASK);
    if (band->pool)
        mc_pool_run(band->pool, tasks, resample_some, b);
    else
        for (int k = 0; k < tasks; k++) resample_some(b, k, 0);
    qsort(b->stat, (size_t)b->resamples, sizeof *b->stat, by_size);
    *c = b->stat[rank_of(band) - 1];
done:
    free(b->stat);
    free(b->hits);
    free(b->sum);
    return rc;
}

// d_i(t) = l_i(t) - (1-t) l_i(0) - t l_i(1) into d[n]; its mean and standard error. Written as
// differences, so that it is exactly 0 where l_i does not change.
static void deviations(const double *l0, const double *lt, const double *l1, double t, int64_t n,
                       double *d, double *mean, double *se) {
    double sum = 0, square = 0;
    for (int64_t i = 0; i < n; i++) sum += d[i] = (lt[i] - l0[i]) - t * (l1[i] - l0[i]);
    *mean = sum / (double)n;
    for (int64_t i = 0; i < n; i++) square += (d[i] - *mean) * (d[i] - *mean);
    *se = n > 1 ? sqrt(square / (double)(n - 1) / (double)n) : 0;
}

int mc_band_compute(struct mc_band *band, const double *each, int64_t n, const double *t, int n_t,
                    bool counted, struct mc_error *e) {
    MC_TRY(mc_band_check(band, e));
    int rc = 0, inside = n_t - 2;
    size_t cells = (size_t)n * (size_t)inside;
    double *d = mc_new((size_t)n, sizeof *d, e), *mean = mc_new((size_t)n_t, sizeof *mean, e);
    double *se = mc_new((size_t)n_t, sizeof *se, e), *all = mc_new(cells, sizeof *all, e);
    double c = 0;
    struct boot b = {.d = all, .n = n, .resamples = band->resamples, .seed = band->seed};
    if (!d || !mean || !se || !all) {
        rc = MC_ERR_MEM;
        goto done;
    }
    for (int pass = 0; pass < 2; pass++) { // the first counts the columns, the second fills them
        int m = 0;
        for (int j = 1; j <= inside; j++) {
            deviations(each, each + j * n, each + (n_t - 1) * n, t[j], n, d, &mean[j], &se[j]);
            if (counted) se[j] = fmax(se[j], 1 / (double)n);
            if (!(se[j] > 0)) continue;
            for (int64_t i = 0; pass && i < n; i++) all[i * b.m + m] = (d[i] - mean[j]) / se[j];
            m++;
        }
        b.m = m;
    }
    if (b.m > 0) MC_TRY_DONE(critical_value(&b, band, &c, e));
    band->c = c;
    band->low = band->high = 0;
    for (int j = 1; j <= inside; j++) {
        band->low = fmax(band->low, mean[j] - c * se[j]);
        band->high = fmax(band->high, mean[j] + c * se[j]);
        if (!isfinite(mean[j] + c * se[j]))
            rc = mc_fail(e, MC_ERR_NUM, "the interval is not finite: the values are too large");
    }
done:
    free(d);
    free(mean);
    free(se);
    free(all);
    return rc;
}
