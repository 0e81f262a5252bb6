// Temperature scaling: how much of a loss is only the size of the logits. With b = 1 / T the mean
// loss of b z is convex in b, and its derivative is the mean of E_b[z] - z_gold.
#include <math.h>

#include "mc/eval.h"

struct logits {
    const double *z; // [n, c]
    const struct mc_task *t;
    int64_t n;
    int c;
};

static int gold_of(const struct logits *x, int64_t i) {
    return x->t->label[mc_task_example(x->t, i)];
}

static double largest(const double *z, int c) {
    double most = z[0];
    for (int k = 1; k < c; k++) most = fmax(most, z[k]);
    return most;
}

// The derivative of the mean loss at b.
static double slope(const struct logits *x, double b) {
    double sum = 0;
    for (int64_t i = 0; i < x->n; i++) {
        const double *z = x->z + i * x->c;
        double top = largest(z, x->c), all = 0, mean = 0;
        for (int k = 0; k < x->c; k++) {
            double p = exp(b * (z[k] - top));
            all += p;
            mean += p * (z[k] - top);
        }
        sum += mean / all - (z[gold_of(x, i)] - top);
    }
    return sum / (double)x->n;
}

// Of an example: how many of its logits are the largest, and whether that of its label is.
static int tied(const double *z, int c, int gold, bool *first) {
    double top = largest(z, c);
    int n = 0;
    for (int k = 0; k < c; k++) n += z[k] == top;
    *first = z[gold] == top;
    return n;
}

// b >= 0 of the least mean loss; infinity where it falls for ever.
static double best(const struct logits *x) {
    bool flat = true, right = true;
    for (int64_t i = 0; i < x->n; i++) {
        bool first;
        flat = tied(x->z + i * x->c, x->c, gold_of(x, i), &first) == x->c && flat;
        right = right && first;
    }
    if (flat) return 1;
    if (right) return INFINITY;
    if (slope(x, 0) >= 0) return 0;
    double low = 0, high = 1;
    while (slope(x, high) < 0) {
        low = high;
        high *= 2;
    }
    for (;;) {
        double mid = .5 * (low + high);
        if (!(mid > low && mid < high)) return mid;
        if (slope(x, mid) < 0)
            low = mid;
        else
            high = mid;
    }
}

static double loss_at(const struct logits *x, int64_t i, double b) {
    const double *z = x->z + i * x->c;
    int gold = gold_of(x, i);
    bool first;
    if (b == 0) return log(x->c);
    if (isinf(b)) return log(tied(z, x->c, gold, &first));
    double top = largest(z, x->c), sum = exp(b * (z[0] - top));
    for (int k = 1; k < x->c; k++) sum += exp(b * (z[k] - top));
    return log(sum) - b * (z[gold] - top);
}

int mc_calibrate(struct mc_scores *s, const struct mc_task *t, struct mc_error *e) {
    bool classes = s->has_logits && !mc_tokens_t2t(&t->tokens);
    if (!classes)
        return mc_fail(e, MC_ERR_INPUT,
                       "--calibrate is for heads of classes, which have logits to divide by a "
                       "temperature");
    if (!t->label) return 0;
    const struct logits x = {s->logit, t, s->n, s->n_labels};
    double b = best(&x);
    s->temperature = isinf(b) ? 0 : 1 / b; // 1 / 0 is inf
    for (int64_t i = 0; i < s->n; i++) s->loss_cal[i] = loss_at(&x, i, b);
    return 0;
}

static int temperature(const struct mc_scores *s, const struct mc_task *t, double *out,
                       struct mc_error *e) {
    (void)t;
    (void)e;
    *out = s->temperature;
    return 0;
}

static double loss_cal(const struct mc_scores *s, const struct mc_task *t, int64_t i) {
    (void)t;
    return s->loss_cal ? s->loss_cal[i] : (double)NAN;
}

const struct mc_metric mc_metric_temperature = {.name = "temperature", .of_set = temperature};
const struct mc_metric mc_metric_loss_cal = {.name = "loss_cal", .each = loss_cal};
