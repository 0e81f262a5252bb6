// The interval over several paths, whose ends may be shared.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mc/barrier.h"

// The digests of all ends, each once. An end whose digest is not known is like no other.
struct ends {
    const char **v;
    int n;
    bool shared;
};

static void add_end(struct ends *x, const char *digest) {
    for (int i = 0; i < x->n; i++)
        if (*digest && strcmp(x->v[i], digest) == 0) {
            x->shared = true;
            return;
        }
    x->v[x->n++] = digest;
}

static double mean_of(const double *v, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++) sum += v[i];
    return sum / n;
}

static double squares_of(const double *v, int n) {
    double mean = mean_of(v, n), sum = 0;
    for (int i = 0; i < n; i++) sum += (v[i] - mean) * (v[i] - mean);
    return sum;
}

// The mean height of the paths that an end is none of, for every end that leaves one. Returns how
// many.
static int leave_out(const struct mc_run *run, int k, const struct ends *x, double *mean) {
    int m = 0;
    for (int i = 0; i < x->n; i++) {
        double sum = 0;
        int left = 0;
        for (int j = 0; j < k; j++) {
            bool has = strcmp(run[j].from, x->v[i]) == 0 || strcmp(run[j].to, x->v[i]) == 0;
            if (has) continue;
            sum += run[j].xfit;
            left++;
        }
        if (left) mean[m++] = sum / left;
    }
    return m;
}

// The standard error over examples of their mean height over the paths.
static int example_error(const struct mc_run *run, int k, int64_t n, bool counted, double *out,
                         struct mc_error *e) {
    double *height = mc_new((size_t)n, sizeof *height, e), sum = 0, square = 0;
    if (!height) return MC_ERR_MEM;
    for (int64_t i = 0; i < n; i++) {
        for (int j = 0; j < k; j++) height[i] += run[j].height[i] / k;
        sum += height[i];
    }
    for (int64_t i = 0; i < n; i++) {
        double d = height[i] - sum / (double)n;
        square += d * d;
    }
    *out = n > 1 ? sqrt(square / (double)(n - 1) / (double)n) : (double)NAN;
    if (counted) *out = fmax(*out, 1 / (double)n);
    free(height);
    return 0;
}

int mc_runs_interval(const struct mc_run *run, int k, int64_t n, double confidence, bool counted,
                     double *low, double *high, struct mc_error *e) {
    *low = *high = NAN;
    if (k < 3) return 0;
    int rc = 0, m = k;
    double of_examples, of_runs = NAN;
    struct ends x = {mc_new(2 * (size_t)k, sizeof *x.v, e), 0, false};
    double *v = mc_new(2 * (size_t)k, sizeof *v, e), *left = mc_new(2 * (size_t)k, sizeof *left, e);
    if (!x.v || !v || !left) {
        rc = MC_ERR_MEM;
        goto done;
    }
    for (int j = 0; j < k; j++) {
        add_end(&x, run[j].from);
        add_end(&x, run[j].to);
        v[j] = run[j].xfit;
    }
    if (x.shared) m = leave_out(run, k, &x, left);
    if (m >= 3)
        of_runs = sqrt(x.shared ? squares_of(left, m) * (m - 1) / m
                                : squares_of(v, k) / (k - 1) / k);
    MC_TRY_DONE(example_error(run, k, n, counted, &of_examples, e));
    if (isfinite(of_runs) && isfinite(of_examples)) {
        double p = .5 * (1 + confidence), mean = mean_of(v, k),
               half = hypot(mc_student_quantile(p, m - 1) * of_runs,
                            mc_normal_quantile(p) * of_examples);
        *low = fmax(0, mean - half);
        *high = fmax(0, mean + half);
    }
done:
    free(x.v);
    free(v);
    free(left);
    return rc;
}
