// Metrics of a task from the scores of its examples.
#include <math.h>
#include <stdlib.h>

#include "mc/eval.h"

const struct mc_metrics mc_no_metrics = {NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};

static double mean(const double *v, int64_t n) {
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += v[i];
    return sum / (double)n;
}

// --- labels

// Examples of a label: in gold, in prediction, in both.
struct tally {
    int64_t gold, pred, hit;
};

// `none`: examples without a prediction, a label that no gold is.
static void f1_and_mcc(const struct tally *of, int n_labels, double none, double n,
                       struct mc_metrics *m) {
    double sum_f1 = 0, right = 0, gp = 0, gg = 0, pp = none * none;
    int present = 0;
    for (int k = 0; k < n_labels; k++) {
        double gold = (double)of[k].gold, pred = (double)of[k].pred, hit = (double)of[k].hit;
        if (gold + pred > 0) {
            present++;
            sum_f1 += 2 * hit / (gold + pred);
        }
        right += hit;
        gp += gold * pred;
        gg += gold * gold;
        pp += pred * pred;
    }
    double den = sqrt(n * n - pp) * sqrt(n * n - gg);
    m->accuracy = right / n;
    m->f1_macro = sum_f1 / present;
    m->mcc = den > 0 ? (right * n - gp) / den : (double)NAN;
}

static int of_labels(const struct mc_scores *s, const struct mc_task *t, struct mc_metrics *out,
                     struct mc_error *e) {
    struct tally *of = mc_new((size_t)s->n_labels, sizeof *of, e);
    if (!of) return MC_ERR_MEM;
    double none = 0;
    for (int64_t i = 0; i < s->n; i++) {
        int32_t gold = t->label[mc_task_example(t, i)], pred = s->predicted[i];
        of[gold].gold++;
        of[gold].hit += gold == pred;
        if (pred >= 0) of[pred].pred++;
        none += pred < 0;
    }
    f1_and_mcc(of, s->n_labels, none, (double)s->n, out);
    free(of);
    return 0;
}

// --- numbers

static double pearson(const double *x, const double *y, int64_t n) {
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

// Equals share the mean of their ranks.
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

static int of_numbers(const struct mc_scores *s, const struct mc_task *t, struct mc_metrics *out,
                      struct mc_error *e) {
    size_t n = (size_t)s->n;
    double *gold = mc_new(n, sizeof *gold, e), *x = mc_new(n, sizeof *x, e),
           *y = mc_new(n, sizeof *y, e);
    int rc = gold && x && y ? 0 : MC_ERR_MEM;
    for (int64_t i = 0; rc == 0 && i < s->n; i++) gold[i] = t->tokens.values[mc_task_example(t, i)];
    if (rc == 0) rc = ranks(s->score, s->n, x, e);
    if (rc == 0) rc = ranks(gold, s->n, y, e);
    if (rc == 0) {
        out->pearson = pearson(s->score, gold, s->n);
        out->spearman = pearson(x, y, s->n);
    }
    free(gold);
    free(x);
    free(y);
    return rc;
}

int mc_metrics_of(const struct mc_scores *s, const struct mc_task *t, struct mc_metrics *out,
                  struct mc_error *e) {
    *out = mc_no_metrics;
    bool gold = t->label || t->tokens.values || t->tokens.target_ids;
    if (!gold) return 0;
    out->loss = mean(s->loss, s->n);
    if (s->max_new) {
        out->exact_match = mean(s->exact_match, s->n);
        out->token_f1 = mean(s->token_f1, s->n);
    }
    if (t->tokens.values) return of_numbers(s, t, out, e);
    return t->label ? of_labels(s, t, out, e) : 0;
}
