// Metrics of predicted labels: the examples of every label are counted, in gold, in prediction and
// in both, and what is asked is worked out from these counts.
#include <math.h>
#include <stdlib.h>

#include "mc/eval.h"

// Examples of a label: in gold, in prediction, in both.
struct tally {
    int64_t gold, pred, hit;
};

struct counts {
    struct tally *of; // [n_labels]
    int n_labels;
    double none; // examples without a prediction, a label that no gold is
    double n;
};

typedef double metric_fn(const struct counts *c);

static double accuracy(const struct counts *c) {
    double right = 0;
    for (int k = 0; k < c->n_labels; k++) right += (double)c->of[k].hit;
    return right / c->n;
}

static double f1_macro(const struct counts *c) {
    double sum = 0;
    int present = 0;
    for (int k = 0; k < c->n_labels; k++) {
        double gold = (double)c->of[k].gold, pred = (double)c->of[k].pred;
        if (gold + pred == 0) continue;
        present++;
        sum += 2 * (double)c->of[k].hit / (gold + pred);
    }
    return sum / present;
}

static double mcc(const struct counts *c) {
    double right = 0, gp = 0, gg = 0, pp = c->none * c->none, n = c->n;
    for (int k = 0; k < c->n_labels; k++) {
        double gold = (double)c->of[k].gold, pred = (double)c->of[k].pred;
        right += (double)c->of[k].hit;
        gp += gold * pred;
        gg += gold * gold;
        pp += pred * pred;
    }
    double den = sqrt(n * n - pp) * sqrt(n * n - gg);
    return den > 0 ? (right * n - gp) / den : (double)NAN;
}

// nan for a set of numbers, or without labels.
static int of_labels(const struct mc_scores *s, const struct mc_task *t, metric_fn *f, double *out,
                     struct mc_error *e) {
    *out = NAN;
    if (t->tokens.values || !t->label) return 0;
    struct counts c = {.n_labels = s->n_labels, .n = (double)s->n};
    if (!(c.of = mc_new((size_t)s->n_labels, sizeof *c.of, e))) return MC_ERR_MEM;
    for (int64_t i = 0; i < s->n; i++) {
        int32_t gold = t->label[mc_task_example(t, i)], pred = s->predicted[i];
        c.of[gold].gold++;
        c.of[gold].hit += gold == pred;
        if (pred >= 0) c.of[pred].pred++;
        c.none += pred < 0;
    }
    *out = f(&c);
    free(c.of);
    return 0;
}

static int accuracy_of(const struct mc_scores *s, const struct mc_task *t, double *out,
                       struct mc_error *e) {
    return of_labels(s, t, accuracy, out, e);
}

static int f1_macro_of(const struct mc_scores *s, const struct mc_task *t, double *out,
                       struct mc_error *e) {
    return of_labels(s, t, f1_macro, out, e);
}

static int mcc_of(const struct mc_scores *s, const struct mc_task *t, double *out,
                  struct mc_error *e) {
    return of_labels(s, t, mcc, out, e);
}

const struct mc_metric mc_metric_accuracy = {
    .name = "accuracy", .rising = true, .counted = true, .of_set = accuracy_of};
const struct mc_metric mc_metric_f1_macro = {
    .name = "f1_macro", .rising = true, .of_set = f1_macro_of};
const struct mc_metric mc_metric_mcc = {.name = "mcc", .rising = true, .of_set = mcc_of};
