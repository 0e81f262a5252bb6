// Metrics of numbers: correlations of a regression's outputs with the gold ones, of their values or
// of their ranks.
#include <math.h>
#include <stdlib.h>

#include "mc/eval.h"

static double mean(const double *v, int64_t n) {
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += v[i];
    return sum / (double)n;
}

static double correlation(const double *x, const double *y, int64_t n) {
    double mx = mean(x, n), my = mean(y, n), xy = 0, xx = 0, yy = 0;
    for (int64_t i = 0; i < n; i++) {
        xy += (x[i] - mx) * (y[i] - my);
        xx += (x[i] - mx) * (x[i] - mx);
        yy += (y[i] - my) * (y[i] - my);
    }
    return xx > 0 && yy > 0 ? xy / sqrt(xx) / sqrt(yy) : (double)NAN;
}

struct ranked {
    double v;
    int64_t at;
};

static int by_value(const void *a, const void *b) {
    double x = ((const struct ranked *)a)->v, y = ((const struct ranked *)b)->v;
    return (x > y) - (x < y);
}

// Equal values have the mean of their ranks.
static int ranks(const double *v, int64_t n, double *out, struct mc_error *e) {
    struct ranked *r = mc_new((size_t)n, sizeof *r, e);
    if (!r) return MC_ERR_MEM;
    for (int64_t i = 0; i < n; i++) r[i] = (struct ranked){v[i], i};
    qsort(r, (size_t)n, sizeof *r, by_value);
    for (int64_t from = 0, to; from < n; from = to) {
        for (to = from; to < n && r[to].v == r[from].v;) to++;
        for (int64_t i = from; i < to; i++) out[r[i].at] = (double)(from + to + 1) / 2;
    }
    free(r);
    return 0;
}

// The gold numbers of a task's examples; nan and NULL for a set of something else.
static int gold_of(const struct mc_scores *s, const struct mc_task *t, double **gold, double *out,
                   struct mc_error *e) {
    *out = NAN;
    *gold = NULL;
    if (!t->tokens.values) return 0;
    if (!(*gold = mc_new((size_t)s->n, sizeof **gold, e))) return MC_ERR_MEM;
    for (int64_t i = 0; i < s->n; i++) (*gold)[i] = t->tokens.values[mc_task_example(t, i)];
    return 0;
}

static int pearson_of(const struct mc_scores *s, const struct mc_task *t, double *out,
                      struct mc_error *e) {
    double *gold;
    MC_TRY(gold_of(s, t, &gold, out, e));
    if (gold) *out = correlation(s->score, gold, s->n);
    free(gold);
    return 0;
}

static int spearman_of(const struct mc_scores *s, const struct mc_task *t, double *out,
                       struct mc_error *e) {
    double *gold;
    MC_TRY(gold_of(s, t, &gold, out, e));
    if (!gold) return 0;
    double *x = mc_new((size_t)s->n, sizeof *x, e), *y = mc_new((size_t)s->n, sizeof *y, e);
    int rc = x && y ? 0 : MC_ERR_MEM;
    if (rc == 0) rc = ranks(s->score, s->n, x, e);
    if (rc == 0) rc = ranks(gold, s->n, y, e);
    if (rc == 0) *out = correlation(x, y, s->n);
    free(gold);
    free(x);
    free(y);
    return rc;
}

const struct mc_metric mc_metric_pearson = {
    .name = "pearson", .rising = true, .of_set = pearson_of};
const struct mc_metric mc_metric_spearman = {
    .name = "spearman", .rising = true, .of_set = spearman_of};
